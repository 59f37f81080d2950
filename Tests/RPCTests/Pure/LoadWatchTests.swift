import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct LoadWatchTests {
  private func levels(_ readings: [LoadWatch.Reading], raises: Int, lowers: Int) -> [Int] {
    var watch = LoadWatch(raises: raises, lowers: lowers)
    return readings.map {
      watch.looked($0)
      return watch.level.rawValue
    }
  }

  @Test func `it takes some readings in a row to go up, and as many for the next level`() {
    #expect(
      levels(Array(repeating: .over, count: 7), raises: 3, lowers: 2) == [0, 0, 1, 1, 1, 2, 2])
    #expect(
      levels([.over, .over, .between, .over, .over, .over], raises: 3, lowers: 2) == [
        0, 0, 0, 0, 0, 1,
      ])
  }

  @Test func `it goes down by steps, and stays between the marks`() {
    let up = Array(repeating: LoadWatch.Reading.over, count: 2)
    let between = Array(repeating: LoadWatch.Reading.between, count: 9)
    let down = Array(repeating: LoadWatch.Reading.under, count: 5)
    #expect(levels(up + between, raises: 1, lowers: 2).suffix(9).allSatisfy { $0 == 2 })
    #expect(levels(up + down, raises: 1, lowers: 2).suffix(5) == [2, 1, 1, 0, 0])
    #expect(levels(up + [.under, .over, .under], raises: 1, lowers: 2).last == 2)
  }
}

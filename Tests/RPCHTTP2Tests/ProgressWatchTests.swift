import EventLoop
import Testing

@testable import RPCHTTP2

/// Bytes that wait, second by second, and a patience of ten.
@Suite(.timeLimit(.minutes(2))) struct ProgressWatchTests {
  /// - Parameters:
  ///   - moved: what had moved at each second; nil when nothing waits.
  /// - Returns: the seconds at which it was stuck.
  private static func stuck(_ moved: [Int?], least: Int = 1) -> [Int] {
    var watch = ProgressWatch()
    return moved.indices.filter { second in
      watch.isStuck(
        moved[second] != nil, moved: moved[second] ?? 0, least: least, for: .seconds(10),
        at: MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000))
    }
  }

  @Test func `what does not move is stuck when the patience is over`() {
    #expect(Self.stuck(Array(repeating: 5, count: 12)) == [10, 11])
  }

  @Test func `what moves is not, nor is nothing`() {
    #expect(Self.stuck((0..<100).map { $0 / 9 }) == [])
    #expect(Self.stuck(Array(repeating: nil, count: 100)) == [])
  }

  @Test func `less than the least, in all of the patience, is no progress`() {
    let byteByByte = Array(0..<40)
    #expect(Self.stuck(byteByByte, least: 11).first == 10)
    #expect(Self.stuck(byteByByte, least: 10) == [])
    // One that comes up to it in time begins anew.
    #expect(
      Self.stuck([0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10], least: 10) == [15])
  }

  @Test func `a pause begins the patience anew`() {
    let still = Array(repeating: 3 as Int?, count: 8)
    #expect(Self.stuck(still + [nil] + still) == [])
  }

}

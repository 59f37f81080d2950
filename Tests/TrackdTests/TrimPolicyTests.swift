import Testing

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct TrimPolicyTests {
  @Test(
    "memory is given back once growth has ended",
    arguments: [
      ([20, 20, 20], []),
      ([20, 60, 60], [2]),
      ([20, 60, 90, 90], [3]),
      ([20, 60, 30], [2]),
      // Nothing was returned: the next try comes after two checks, and then after every third.
      ([20, 60, 60, 60, 60, 60, 60, 60, 60, 60], [2, 4, 7]),
      ([20, 21, 21, 21], []),
    ] as [([Int], [Int])])
  func givesBack(megabytes: [Int], times: [Int]) {
    var policy = TrimPolicy()
    var trims: [Int] = []
    for (index, size) in megabytes.enumerated() where policy.shouldTrim(resident: size << 20) {
      trims.append(index)
      policy.trimmed(from: size << 20, to: size << 20)
    }
    #expect(trims == times)
  }

  @Test(
    "less than a megabyte is no growth, and is not worth another look at once",
    arguments: [
      // Kilobytes at each check, the kilobytes that a try returns, and the checks with a try.
      ([20_000, 21_024], 0, []), ([20_000, 21_025, 21_025], 0, [2]),
      ([20_000, 60_000, 61_024], 0, [2]), ([20_000, 60_000, 61_025], 0, []),
      ([20_000, 60_000, 60_000, 59_500, 59_500], 1024, [2, 4]),
      ([20_000, 60_000, 60_000, 59_500, 59_500], 1025, [2, 3]),
    ] as [([Int], Int, [Int])])
  func slack(kilobytes: [Int], brings: Int, times: [Int]) {
    var policy = TrimPolicy()
    var trims: [Int] = []
    for (index, size) in kilobytes.enumerated() where policy.shouldTrim(resident: size << 10) {
      trims.append(index)
      policy.trimmed(from: size << 10, to: (size - brings) << 10)
    }
    #expect(trims == times)
  }

  @Test(arguments: [nil, 20])
  func `a burst before the first look is no rest`(atStart: Int?) {
    var policy = TrimPolicy(resident: atStart.map { $0 << 20 })
    let looks = [90, 90, 90].map { policy.shouldTrim(resident: $0 << 20) }
    // Without the size at the start, the burst counts as needed memory.
    #expect(looks == [false, atStart != nil, atStart != nil])
  }

  /// A process whose allocator keeps freed memory until it is told to return it.
  private struct Process {
    var policy = TrimPolicy()
    var used = 20 << 20
    var resident = 20 << 20

    /// One check, two seconds after the last one.
    mutating func look(used megabytes: Int) {
      used = megabytes << 20
      resident = max(resident, used)
      guard policy.shouldTrim(resident: resident) else { return }
      let before = resident
      resident = used
      policy.trimmed(from: before, to: resident)
    }
  }

  @Test(
    "ten seconds after a burst the process is as small as before, in every order of events",
    arguments: [
      // Short, long, by steps up, by steps down, several in a row, after an idle time.
      [90], [90, 90, 90, 90, 90, 90], [30, 40, 50, 60, 70, 80, 90], [90, 80, 60, 40, 30],
      [90, 20, 90, 20, 90, 90, 90, 20, 90], [20, 20, 20, 20, 20, 90, 90],
      [60, 60, 60, 90, 90, 90, 60, 60, 60, 60], [90, 40, 41, 42, 43, 44, 45, 46, 90],
    ])
  func everyOrder(megabytes: [Int]) {
    var process = Process()
    process.look(used: 20)
    for size in megabytes { process.look(used: size) }
    for _ in 0..<5 { process.look(used: 20) }
    #expect(process.resident <= (20 << 20) * 11 / 10)
  }

  @Test(arguments: 0..<20) func `random bursts leave nothing behind`(seed: UInt64) {
    var state = seed
    var process = Process()
    process.look(used: 20)
    for _ in 0..<50 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      process.look(used: 20 + Int(state >> 33) % 100)
    }
    for _ in 0..<5 { process.look(used: 20) }
    #expect(process.resident <= (20 << 20) * 11 / 10)
  }
}

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
      ([20, 60, 60, 60], [2]),
    ] as [([Int], [Int])])
  func givesBack(megabytes: [Int], times: [Int]) {
    var policy = TrimPolicy()
    var trims: [Int] = []
    for (index, size) in megabytes.enumerated() where policy.shouldTrim(resident: size << 20) {
      trims.append(index)
      // Nothing could be given back: it is not tried again until there is more.
      policy.trimmed(resident: size << 20)
    }
    #expect(trims == times)
  }
}

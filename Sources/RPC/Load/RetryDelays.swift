import Synchronization

/// How long clients whose calls are refused are asked to wait: the longer, the more there are, so
/// that they do not all come back at once. Any thread, without locks.
final class RetryDelays: Sendable {
  /// About as many come back in a second.
  static let perSecond = 1000
  static let shortest = Duration.seconds(1)
  static let longest = Duration.seconds(30)

  /// The second of the last refusal, and below it how many are remembered: those of each second
  /// before count half as much.
  private let word = Atomic<UInt64>(0)

  /// One more call is refused.
  ///
  /// - Parameters:
  ///   - second: of any clock that does not jump; 32 bits of it.
  ///   - random: from 0 to 1; a delay is half as long to half as long again.
  func next(at second: UInt32, random: Double) -> Duration {
    let count = add(at: second)
    let middle = Self.shortest * (1 + Double(count) / Double(Self.perSecond))
    return min(middle, Self.longest) * (0.5 + random)
  }

  private func add(at second: UInt32) -> UInt32 {
    var old = word.load(ordering: .relaxed)
    while true {
      let passed = second &- UInt32(old >> 32)
      let remembered = UInt32(truncatingIfNeeded: old)
      // Refusals of two threads may come in another order than their times.
      let isLate = passed > UInt32.max / 2
      let kept = isLate ? remembered : passed < 32 ? remembered >> passed : 0
      let count = kept == .max ? kept : kept + 1
      let time = isLate ? old >> 32 : UInt64(second)
      let (exchanged, found) = word.weakCompareExchange(
        expected: old, desired: time << 32 | UInt64(count), ordering: .relaxed)
      if exchanged { return count }
      old = found
    }
  }
}

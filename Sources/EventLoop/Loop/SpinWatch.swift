/// Notices a loop that turns without effect: a descriptor stays ready and its handler does nothing
/// about it, or a handler asks to be flushed and has no output. Pure.
struct SpinWatch {
  /// Turns in a row without effect that count as a spin. Single idle wake-ups are normal.
  static let limit = 1000
  /// Between two reports of one spin.
  static let pause = Duration.seconds(10)

  private var effects: UInt64 = 0
  private var turns = 0
  private var reportedAt: MonotonicTime?

  /// Called after each turn.
  ///
  /// - Parameter effects: a number that changes with everything that was done.
  /// - Returns: the number of turns in a row without effect, when it is to be reported; else nil.
  @inline(__always)
  mutating func turned(effects: UInt64, now: MonotonicTime) -> Int? {
    if effects != self.effects {
      self.effects = effects
      turns = 0
      return nil
    }
    turns += 1
    return turns >= Self.limit ? report(now) : nil
  }

  private mutating func report(_ now: MonotonicTime) -> Int? {
    if let reportedAt, now - reportedAt < Self.pause { return nil }
    reportedAt = now
    return turns
  }
}

/// Is told of trouble of a loop. The loop calls it on its own thread, between two turns: it must be
/// cheap and must not block.
public protocol EventLoopObserver: Sendable {
  /// `turns` in a row moved no byte and ran nothing. `descriptor` was the last that was ready, -1
  /// for none. At most every ten seconds.
  func loopSpins(_ loop: String, turns: Int, descriptor: Int)
}

/// Notices a loop that turns without effect: something is ready for ever and nobody handles it, or
/// asks to be flushed and has nothing. Pure.
struct SpinWatch {
  /// Turns without effect that are a spin. A wake-up for nothing now and then is none.
  static let limit = 1000
  /// Between two reports of one spin.
  static let pause = Duration.seconds(10)

  private var effects: UInt64 = 0
  private var turns = 0
  private var reportedAt: MonotonicTime?

  /// Called after each turn.
  ///
  /// - Parameter effects: a number that changes with everything that was done.
  /// - Returns: how many turns in a row had no effect, when that is to be told.
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

/// Told what an operator should know of a loop; on its thread: must be cheap and must not block.
public protocol EventLoopObserver: Sendable {
  /// `turns` in a row moved no byte and ran nothing. `descriptor` was the last that was ready, -1 for
  /// none. At most every ten seconds.
  func loopSpins(_ loop: String, turns: Int, descriptor: Int)
}

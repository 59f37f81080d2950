/// How much of something there is left: it is spent one by one, and comes back with time. A value of
/// three words for each of many hosts; what they have in common is the `Rate`.
///
/// Times are durations since a point that the caller chooses.
public struct TokenBucket: Sendable {
  public struct Rate: Sendable, Hashable {
    /// The most that a bucket holds.
    public var burst: Double
    /// What comes back in a second.
    public var perSecond: Double

    public init(burst: Double, perSecond: Double) {
      self.burst = burst
      self.perSecond = perSecond
    }
  }

  private var tokens: Double
  private var changedAt: Duration

  /// A full one.
  public init(_ rate: Rate, at time: Duration) {
    tokens = rate.burst
    changedAt = time
  }

  /// What is left. A time before the last one counts as that.
  public func left(_ rate: Rate, at time: Duration) -> Double {
    min(rate.burst, tokens + max(0, (time - changedAt) / .seconds(1)) * rate.perSecond)
  }

  /// Spends a whole one; false, with no effect, when none is left.
  public mutating func take(_ rate: Rate, at time: Duration) -> Bool {
    guard left(rate, at: time) >= 1 else { return false }
    spend(rate, at: time)
    return true
  }

  /// Spends one, or what is left of it.
  public mutating func spend(_ rate: Rate, at time: Duration) {
    tokens = max(0, left(rate, at: time) - 1)
    changedAt = time
  }
}

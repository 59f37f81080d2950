/// How long to wait between attempts: exponentially more, up to a maximum, with jitter.
///
/// Pure. Source: grpc/doc/connection-backoff.md; gRFC A6, "Exponential Backoff".
public struct Backoff: Sendable, Hashable {
  /// Before the second attempt.
  public var initial: Duration
  public var maximum: Duration
  public var multiplier: Double
  /// How far a delay may be from its middle, in parts of it: 0.2 is from 0.8 to 1.2.
  public var jitter: Double

  public init(
    initial: Duration, maximum: Duration, multiplier: Double = 1.6, jitter: Double = 0.2
  ) {
    self.initial = initial
    self.maximum = maximum
    self.multiplier = multiplier
    self.jitter = jitter
  }

  /// The delay after this many attempts that failed.
  ///
  /// - Parameters:
  ///   - failures: 1 or more.
  ///   - random: from 0 to 1; where in the range of the jitter the delay is.
  public func delay(afterFailures failures: Int, random: Double) -> Duration {
    var middle = initial
    // Bounded, for the maximum may be 0 or the multiplier 1.
    for _ in 1..<max(2, min(failures, 64)) where failures > 1 && middle < maximum {
      middle = middle * multiplier
    }
    return min(middle, maximum) * (1 + jitter * (2 * random - 1))
  }
}

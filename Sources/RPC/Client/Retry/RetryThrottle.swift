/// The budget of retries towards one server: when most calls fail, they are not tried again, so
/// that a server that is overloaded is not sent several times as much.
///
/// Each failure that could be tried again takes a token, each success gives a part of one back;
/// retries stop when half of the tokens are gone. Pure. Source: gRFC A6, "Throttling Retry Attempts
/// and Hedged RPCs".
public struct RetryThrottle: Sendable, Hashable {
  public let maximum: Double
  /// Tokens that a success adds.
  public let ratio: Double
  public private(set) var tokens: Double

  public init(maximum: Double = 10, ratio: Double = 0.1) {
    self.maximum = maximum
    self.ratio = ratio
    tokens = maximum
  }

  public var allowsRetry: Bool { tokens > maximum / 2 }

  public mutating func succeeded() { tokens = min(maximum, tokens + ratio) }

  public mutating func failed() { tokens = max(0, tokens - 1) }
}

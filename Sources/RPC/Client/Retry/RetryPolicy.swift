/// When a call that failed is made again. Source: gRFC A6, "Retry Policy".
public struct RetryPolicy: Sendable, Hashable {
  /// The most attempts of one call, however many a policy asks for (gRFC A6).
  public static let mostAttempts = 5

  /// The first one included; more than `mostAttempts` count as that many.
  public var maxAttempts: Int
  /// The pauses before each further attempt, unless the server asks for another one.
  public var backoff: Backoff
  /// The statuses after which there is another attempt.
  public var retryableStatusCodes: Set<StatusCode>

  public init(maxAttempts: Int, backoff: Backoff, retryableStatusCodes: Set<StatusCode>) {
    self.maxAttempts = maxAttempts
    self.backoff = backoff
    self.retryableStatusCodes = retryableStatusCodes
  }
}

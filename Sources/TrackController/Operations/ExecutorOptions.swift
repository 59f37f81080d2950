/// How an executor goes about its work.
public struct ExecutorOptions: Sendable {
  /// How long one step may take outside of trackd; after that it counts as unavailable.
  public var stepTimeout: Duration
  /// How often a step is tried, at most, before its operation fails. At least 1.
  public var stepAttempts: Int32
  /// How long a step that took too long may take to end once it was cancelled, before nobody waits
  /// for it any more.
  public var patience = Duration.seconds(5)

  /// How long a lease lasts on a store that servers share. It is renewed after a third of that.
  public var leaseLength = Duration.seconds(30)

  public init(stepTimeout: Duration = .seconds(60), stepAttempts: Int32 = 6) {
    self.stepTimeout = stepTimeout
    self.stepAttempts = stepAttempts
  }

  /// How many operations are leased in one transaction, and make one batch, at most.
  static let batchSize = 64
  /// How many operations are leased at once, at most, as long as no lane has less than its share.
  static let maximumLeased = 2048
  /// How many a batch may have, however many lanes there are.
  static let smallestBatch = 4
  /// How many deletions are under way at once, at most.
  static let deletionsAtOnce = 32
  /// What waits for another operation looks again after so many microseconds, if nobody wakes it.
  static let blockedPause: Int64 = 10_000_000
  /// The longest that an operation is put off, in microseconds.
  static let longestPause: Int64 = 60_000_000
  /// So many environments with waiting deployments can be looked at as often as somebody wakes.
  static let manyEnvironments = 100
  /// How many tasks ask at once whether deployments were published.
  static let receiptsAtOnce = 8
  /// How many places that a track has left are looked at in one go.
  static let cleaningsAtOnce = 100
  /// How often a place is tried, at most, before a forced deletion gives it up: within the time
  /// that its caller waits, if the place says at once that it cannot be reached.
  static let forcedAttempts: Int32 = 3
  /// How many rows of a track that is being deleted go with one transaction.
  static let purgedRows = 500

  /// How long to wait before a step is tried once more, in microseconds.
  static func backoff(afterAttempts attempts: Int32) -> Int64 {
    let seconds: Int64 = attempts >= 6 ? 30 : 1 << Int64(max(1, attempts) - 1)
    return seconds * 1_000_000
  }
}

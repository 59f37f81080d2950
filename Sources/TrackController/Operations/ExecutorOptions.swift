/// The limits and times of an executor.
public struct ExecutorOptions: Sendable {
  /// The longest time of one step outside of trackd; after that it counts as unavailable.
  public var stepTimeout: Duration
  /// The most attempts of a step before its operation fails. At least 1.
  public var stepAttempts: Int32
  /// How long a cancelled step may take to end before the executor no longer waits for it.
  public var patience = Duration.seconds(5)

  /// How long a lease lasts on a store that servers share. It is renewed after a third of this
  /// time.
  public var leaseLength = Duration.seconds(30)

  /// How long after a comparison the next one begins, while a restore of the store stands.
  public var comparisonPause = Duration.seconds(60)

  public init(stepTimeout: Duration = .seconds(60), stepAttempts: Int32 = 6) {
    self.stepTimeout = stepTimeout
    self.stepAttempts = stepAttempts
  }

  /// The most operations that one transaction leases, which are also one batch.
  static let batchSize = 64
  /// The most leased operations at once, unless that gives a lane fewer than `smallestBatch`.
  static let maximumLeased = 2048
  /// The most operations of a batch when there are very many lanes.
  static let smallestBatch = 4
  /// The most deletions under way at once.
  static let deletionsAtOnce = 32
  /// After this time, in microseconds, an operation that waits for another one is due again.
  static let blockedPause: Int64 = 10_000_000
  /// The longest time that an operation is put off, in microseconds.
  static let longestPause: Int64 = 60_000_000
  /// Up to this many waiting environments, every wake-up may read the queues at once.
  static let manyEnvironments = 100
  /// The most tasks that ask at once whether deployments were published.
  static let receiptsAtOnce = 8
  /// The most cleanings of one track that are read at once.
  static let cleaningsAtOnce = 100
  /// The most attempts at a place before a forced deletion gives it up. If the place fails at once,
  /// they end while the caller still waits.
  static let forcedAttempts: Int32 = 3
  /// The most rows of a deleted track that one transaction removes.
  static let purgedRows = 500

  /// The pause before the next attempt of a step, in microseconds.
  static func backoff(afterAttempts attempts: Int32) -> Int64 {
    let seconds: Int64 = attempts >= 6 ? 30 : 1 << Int64(max(1, attempts) - 1)
    return seconds * 1_000_000
  }
}

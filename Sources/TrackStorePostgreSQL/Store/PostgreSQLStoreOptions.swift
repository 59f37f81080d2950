import Glibc
public import TrackDomain
public import TrackStoreSQL

/// What a store on PostgreSQL can be told.
public struct PostgreSQLStoreOptions: Sendable {
  /// How long requests with an id are remembered. 24 hours.
  public var requestRetention = Duration.seconds(24 * 3600)
  /// How long changes stay in the log. 30 days.
  public var changeRetention = Duration.seconds(30 * 24 * 3600)
  /// How long an image stays after another one took its place, if it never was deployed with
  /// success and is not about to be. 90 days.
  public var supersededImageRetention = Duration.seconds(90 * 24 * 3600)
  /// How long events of the audit stay. 400 days.
  public var auditRetention = Duration.seconds(400 * 24 * 3600)
  /// Makes what signs the audit, from the key of the store that stands in for one that the operator
  /// keeps elsewhere.
  public var auditSeal: @Sendable (_ storeKey: [UInt8]) -> any AuditSeal = { _ in UnsealedAudit() }
  /// Told what an operator should know. Any thread; does not block.
  public var report: @Sendable (PostgreSQLStoreEvent) -> Void = { _ in }
  /// Told of each deployment that has come to its end by a write of this process, once that is
  /// committed. On a thread that writes; does not block.
  public var deploymentEnded: @Sendable (DeploymentEnd) -> Void = { _ in }
  /// Told of each operation that was begun by the work of a trace, likewise.
  public var operationTraced: @Sendable (TracedOperation) -> Void = { _ in }
  /// Connections that read, each with a thread.
  public var readers = 4
  /// Connections that write, each with a thread.
  public var writers = 2
  /// How often the store looks for commits of other servers.
  public var poll = Duration.milliseconds(50)

  public init() {}

  /// Microseconds of a clock that never jumps, for the retention.
  static func uptime() -> Int64 {
    var time = timespec()
    // Cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}

extension Retention {
  /// - Parameter now: what the database's clock says, from which the retention's goes on.
  init(_ options: PostgreSQLStoreOptions, now: Timestamp) {
    let clock = RetentionClock(
      elapsed: now.microseconds, uptime: PostgreSQLStoreOptions.uptime)
    self.init(
      clock, requests: options.requestRetention, changes: options.changeRetention,
      images: options.supersededImageRetention, audit: options.auditRetention,
      time: { Timestamp(microseconds: clock.now) })
  }
}

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
  /// How often the store looks for commits of other servers where it is not told of them.
  public var poll = Duration.milliseconds(50)
  /// How to reach the database without a pooler that gives each transaction another session: then
  /// servers tell each other of commits, and look for them once a second besides. Nil: they look.
  public var notifyConnection: String?
  /// How often the store looks for commits while it is told of them.
  package var notifiedPoll = Duration.seconds(1)

  /// Whether writes are refused (`.unavailable`) while no COMMIT waits for a standby, as the settings
  /// of the database say: then no acknowledged write is lost with the primary.
  public var requiresSyncStandby = false
  /// Microseconds of this machine's clock, by which the database's goes on between two looks at it.
  package var uptime: @Sendable () -> Int64 = { PostgreSQLStoreOptions.systemUptime() }
  /// How often the store looks for rows that are too old.
  package var reapPause = Duration.seconds(1)
  /// How long an answer may take that a read waits for, and a write.
  package var readPatience = Duration.seconds(10)
  package var writePatience = Duration.seconds(30)

  public init() {}

  private static func systemUptime() -> Int64 {
    var time = timespec()
    // Cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}

extension Retention {
  /// By the clock of the database.
  init(_ options: PostgreSQLStoreOptions, _ clock: DatabaseClock) {
    self.init(
      RetentionClock { clock.now }, requests: options.requestRetention,
      changes: options.changeRetention,
      images: options.supersededImageRetention, audit: options.auditRetention,
      time: { Timestamp(microseconds: clock.now) })
  }
}

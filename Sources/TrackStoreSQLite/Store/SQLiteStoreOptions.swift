import Glibc
public import TrackDomain
public import TrackStoreSQL

/// What a SQLite store can be told.
public struct SQLiteStoreOptions: Sendable {
  /// How long requests with an id are remembered. 24 hours.
  public var requestRetention: Duration
  /// How long changes stay in the log. 30 days.
  public var changeRetention: Duration
  /// How long an image stays after another one took its place, if it never was deployed with
  /// success and is not about to be. 90 days.
  public var supersededImageRetention: Duration
  /// How long events of the audit stay. 400 days.
  public var auditRetention = Duration.seconds(400 * 24 * 3600)
  /// Makes what signs the audit, from the key of the store that stands in for one that the operator
  /// keeps elsewhere.
  public var auditSeal: @Sendable (_ storeKey: [UInt8]) -> any AuditSeal = { _ in UnsealedAudit() }
  /// The time of day, which may jump: that is reported, and changes nothing.
  public var clock: @Sendable () -> Timestamp
  /// Microseconds of a clock that never jumps, for the retention.
  public var uptime: @Sendable () -> Int64 = SQLiteStoreOptions.systemUptime
  /// Whether to go on without acknowledged writes that a damaged or lost file had, instead of not
  /// opening the store.
  public var acceptsDataLoss = false
  /// The group that may pass through the data folder to what lies there for others.
  public var dataGroup: UInt32?
  /// Told what an operator should know. Any thread; does not block.
  public var report: @Sendable (StoreEvent) -> Void = { _ in }
  /// Told of each deployment that has come to its end, once that is committed. On the thread that
  /// writes; does not block.
  public var deploymentEnded: @Sendable (DeploymentEnd) -> Void = { _ in }
  /// Told of each operation that was begun by the work of a trace, once that is committed; likewise.
  public var operationTraced: @Sendable (TracedOperation) -> Void = { _ in }
  /// How long a write waits for another process that has the database locked.
  package var busyPatience = Duration.seconds(5)
  /// How often the store looks after itself while nothing is written. Nil: never.
  package var pulse: Duration? = .seconds(1)
  /// The name of a virtual file system of SQLite, for tests that cut the power.
  package var vfs: String?
  /// What may wait on the disk for readers of states, all together.
  package var spoolBytes = 256 << 20
  /// How many frames of 4 kB the log has, about, when it is moved into the database. 8 MB.
  package var checkpointFrames = 2000

  public init(
    requestRetention: Duration = .seconds(24 * 3600),
    changeRetention: Duration = .seconds(30 * 24 * 3600),
    supersededImageRetention: Duration = .seconds(90 * 24 * 3600),
    clock: @escaping @Sendable () -> Timestamp = SQLiteStoreOptions.systemTime
  ) {
    self.requestRetention = requestRetention
    self.changeRetention = changeRetention
    self.supersededImageRetention = supersededImageRetention
    self.clock = clock
  }

  /// The time since the machine started, its sleep included.
  public static func systemUptime() -> Int64 {
    var time = timespec()
    // Cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  /// The time of the system.
  public static func systemTime() -> Timestamp {
    var time = timespec()
    // Cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}

extension Retention {
  init(_ options: SQLiteStoreOptions, _ clock: RetentionClock) {
    self.init(
      clock, requests: options.requestRetention, changes: options.changeRetention,
      images: options.supersededImageRetention, audit: options.auditRetention,
      time: options.clock)
  }
}

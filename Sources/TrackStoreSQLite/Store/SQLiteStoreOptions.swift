import Glibc
public import TrackDomain

/// What a SQLite store can be told.
public struct SQLiteStoreOptions: Sendable {
  /// How long requests with an id are remembered. 24 hours.
  public var requestRetention: Duration
  /// How long changes stay in the log. 30 days.
  public var changeRetention: Duration
  /// How long an image stays after another one took its place, if it never was deployed with success
  /// and is not about to be. 90 days.
  public var supersededImageRetention: Duration
  /// The time, for the retention.
  public var clock: @Sendable () -> Timestamp
  /// The name of a virtual file system of SQLite, for tests that cut the power.
  package var vfs: String?
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

  /// The time of the system.
  public static func systemTime() -> Timestamp {
    var time = timespec()
    // Cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}

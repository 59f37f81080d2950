import TrackDomain

/// How long rows are kept, and the clock that measures it. Any thread.
struct Retention: Sendable {
  let clock: RetentionClock
  let requests: Duration
  let changes: Duration
  /// Of images that were superseded and never deployed with success.
  let images: Duration
  let audit: Duration
  /// The time of day.
  let time: @Sendable () -> Timestamp

  init(_ options: SQLiteStoreOptions, _ clock: RetentionClock) {
    self.clock = clock
    requests = options.requestRetention
    changes = options.changeRetention
    images = options.supersededImageRetention
    audit = options.auditRetention
    time = options.clock
  }
}

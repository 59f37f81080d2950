package import TrackDomain

/// How long rows are kept, and the clock that measures it. Any thread.
package struct Retention: Sendable {
  package let clock: RetentionClock
  package let requests: Duration
  package let changes: Duration
  /// Of images that were superseded and never deployed with success.
  package let images: Duration
  package let audit: Duration
  /// The time of day.
  package let time: @Sendable () -> Timestamp

  package init(
    _ clock: RetentionClock, requests: Duration, changes: Duration, images: Duration,
    audit: Duration, time: @escaping @Sendable () -> Timestamp
  ) {
    self.clock = clock
    self.requests = requests
    self.changes = changes
    self.images = images
    self.audit = audit
    self.time = time
  }

  /// The same with clocks that stand still, for closures that run again and have to ask for the same.
  package var still: Retention {
    let (now, time) = (clock.now, time())
    return Retention(
      RetentionClock(now: { now }), requests: requests, changes: changes, images: images,
      audit: audit, time: { time })
  }
}

import EventLoop

/// How long a group of writes waits for another process that has the database locked: together with
/// the groups before it that could not begin for the same lock, no longer than the patience. A
/// queue of groups waits once, not each in turn.
struct BusyPatience {
  let patience: Duration
  /// Since when the lock has been met.
  private var since: MonotonicTime?

  init(_ patience: Duration) { self.patience = patience }

  /// What the next group may wait, in milliseconds.
  func wait(now: MonotonicTime) -> Int32 {
    guard let since else { return milliseconds(patience) }
    return milliseconds(patience - (now - since))
  }

  /// A group began.
  mutating func began() { since = nil }

  /// A group that started to wait at a time gave up.
  ///
  /// - Returns: whether it is the first one.
  mutating func gaveUp(startedAt time: MonotonicTime) -> Bool {
    if since != nil { return false }
    since = time
    return true
  }

  private func milliseconds(_ duration: Duration) -> Int32 {
    Int32(clamping: Int64(max(.zero, duration) / .milliseconds(1)))
  }
}

import EventLoop

/// Notices that bytes wait and do not move; pure. One rule for all that a peer or a handler can draw
/// out, over both versions of HTTP: a socket's output, a stream's output behind its window, received
/// bytes that a handler does not take.
struct ProgressWatch {
  /// Bytes that had moved when enough of them last did; nil `since` when nothing waits.
  private var before = 0
  private var since: MonotonicTime?

  /// Looks once; at every tick of the context.
  ///
  /// - Parameters:
  ///   - isWaiting: whether there is something to move.
  ///   - moved: bytes that have ever moved, from any beginning.
  ///   - least: fewer bytes, in all of `patience` together, are no progress.
  ///   - now: where only the loop moves them, by its `ConnectionContext.watchedTime`.
  /// - Returns: whether there was no progress for `patience`.
  mutating func isStuck(
    _ isWaiting: Bool, moved: Int, least: Int = 1, for patience: Duration, at now: MonotonicTime
  ) -> Bool {
    if isWaiting, let since, moved - before < max(1, least) { return now - since >= patience }
    before = moved
    since = isWaiting ? now : nil
    return false
  }
}

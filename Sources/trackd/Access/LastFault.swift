import EventLoop

/// Why files could not be read last, so that a fault that stays is logged once. Any thread.
///
/// `@unchecked Sendable`: the lock guards `reason`.
final class LastFault: @unchecked Sendable {
  private let lock = Lock()
  private var reason: String?

  /// Whether the fault is to be logged: it is another one, or somebody has changed the files.
  func isNews(_ reason: String, _ cause: FileWatcher.Cause) -> Bool {
    lock.withLock {
      defer { self.reason = reason }
      return cause != .retry || reason != self.reason
    }
  }

  /// The files could be read.
  func isOver() { lock.withLock { reason = nil } }
}

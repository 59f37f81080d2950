import EventLoop
import Synchronization

/// Log lines about the times at which the store's database does not answer. Any thread.
final class OutageLog: Sendable {
  private let logger: Logger
  /// Since when it does not answer.
  private let since = Mutex<MonotonicTime?>(nil)

  init(logger: Logger) { self.logger = logger }

  func began(_ reason: String) {
    since.withLock { $0 = .now() }
    logger.always(.error, "the database does not answer: calls are refused until it does") {
      $0.string("reason", reason)
    }
  }

  /// Nothing where none had begun.
  func ended() {
    let since = since.withLock { since in
      defer { since = nil }
      return since
    }
    guard let since else { return }
    logger.always(.warning, "the database answers again") {
      $0.integer("seconds", (MonotonicTime.now() - since).components.seconds)
    }
  }
}

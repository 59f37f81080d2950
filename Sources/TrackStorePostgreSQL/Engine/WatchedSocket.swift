import EventLoop
import Glibc

/// The socket of a connection that an event loop watches, so that nobody waits for it. Belongs to the
/// loop.
final class WatchedSocket {
  private let connection: PostgreSQLConnection
  private let loop: EventLoop
  /// A duplicate, since libpq closes its own when it likes.
  private let descriptor: Int32
  private var watchesWriting = false

  /// - Returns: nil where the process has no descriptor left.
  init?(_ connection: PostgreSQLConnection, on loop: EventLoop) {
    self.connection = connection
    self.loop = loop
    connection.mayBlock = false
    descriptor = fcntl(connection.descriptor, F_DUPFD_CLOEXEC, 0)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// Tells `handler` when there is something to read, until `end`.
  ///
  /// - Returns: whether that can be done.
  func watch(_ handler: any EventHandler) -> Bool {
    (try? loop.add(descriptor, .readable, handler: handler)) != nil
  }

  /// Called when something was sent or received: tells the handler as well when more can be written,
  /// if that is waited for.
  ///
  /// - Returns: whether that can be done.
  func update() -> Bool {
    guard connection.isWriting != watchesWriting else { return true }
    watchesWriting = connection.isWriting
    let interest: Readiness = watchesWriting ? [.readable, .writable] : .readable
    return (try? loop.modify(descriptor, interest)) != nil
  }

  func end() { loop.remove(descriptor) }
}

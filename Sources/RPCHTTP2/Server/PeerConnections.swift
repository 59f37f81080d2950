import EventLoop

/// Counts the connections of each host, up to a limit. Any thread.
///
/// `@unchecked Sendable`: everything is under the lock.
final class PeerConnections: @unchecked Sendable {
  private let limit: Int
  private let lock = Lock()
  private var counts: [SocketAddress: Int] = [:]

  init(limit: Int) { self.limit = limit }

  /// - Returns: false when the host has as many as it may have.
  func opened(_ host: SocketAddress?) -> Bool {
    guard let host else { return true }
    return lock.withLock {
      let count = counts[host] ?? 0
      guard count < limit else { return false }
      counts[host] = count + 1
      return true
    }
  }

  func closed(_ host: SocketAddress?) {
    guard let host else { return }
    lock.withLock { counts[host] = counts[host].flatMap { $0 > 1 ? $0 - 1 : nil } }
  }
}

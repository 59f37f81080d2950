import EventLoop
import RPC

/// The accounts of the hosts that have connections. Any thread; asked when a connection comes and
/// when it goes.
///
/// `@unchecked Sendable`: everything is under the lock.
final class HostAccounts: @unchecked Sendable {
  private struct Entry {
    let account: HostAccount
    var connections = 0
  }

  private let lock = Lock()
  private let accounts = CallAccounts()
  private var entries: [SocketAddress?: Entry] = [:]

  /// The account of a new connection.
  ///
  /// - Parameters:
  ///   - host: without a port; nil for all of this machine that come over Unix sockets.
  ///   - turns: those of the connection's loop.
  func opened(_ host: SocketAddress?, _ turns: IntakeTurns) -> CallAccount {
    lock.withLock {
      var entry = entries[host] ?? Entry(account: HostAccount(in: accounts))
      entry.connections += 1
      entries[host] = entry
      return CallAccount(of: entry.account, isPrivileged: host == nil, turns: turns)
    }
  }

  func closed(_ host: SocketAddress?) {
    lock.withLock {
      guard var entry = entries[host] else { return }
      entry.connections -= 1
      entries[host] = entry.connections > 0 ? entry : nil
    }
  }
}

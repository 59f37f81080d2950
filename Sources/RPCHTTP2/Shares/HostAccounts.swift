import EventLoop
import RPC

/// The accounts of the hosts that have connections. Any thread; used when a connection comes and
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
  private var entries: [PeerHost: Entry] = [:]

  /// The account of a new connection.
  ///
  /// - Parameters:
  ///   - host: callers of this machine over a Unix socket may use the reserve.
  ///   - turns: the intake turns of the connection's loop.
  func opened(_ host: PeerHost, _ turns: IntakeTurns) -> CallAccount {
    lock.withLock {
      var entry = entries[host] ?? Entry(account: HostAccount(in: accounts))
      entry.connections += 1
      entries[host] = entry
      return CallAccount(of: entry.account, isPrivileged: host == .unix, turns: turns)
    }
  }

  /// How many hosts are known, for tests.
  var hostCount: Int { lock.withLock { entries.count } }

  func closed(_ host: PeerHost) {
    lock.withLock {
      guard var entry = entries[host] else { return }
      entry.connections -= 1
      entries[host] = entry.connections > 0 ? entry : nil
    }
  }
}

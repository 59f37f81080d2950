import EventLoop
import RPC

/// The accounts of the hosts that have connections. Any thread; used when a connection comes and
/// when it goes.
///
/// `@unchecked Sendable`: everything is under the lock.
final class HostAccounts: @unchecked Sendable {
  /// Where a connection comes from, as far as shares are concerned.
  enum Host: Hashable {
    case address(SocketAddress)
    /// This machine, over a Unix socket: its calls may use the reserve.
    case unix
    /// The same over an abstract one, which has no permissions: all such peers are one host.
    case unixAbstract
    /// The address is not known, as when the peer has gone already: all such peers are one host.
    case unknown

    /// - Parameter peer: the socket's peer; its port does not matter.
    init(_ peer: SocketAddress?) {
      switch peer {
      case nil: self = .unknown
      case .unix?: self = .unix
      case .unixAbstract?: self = .unixAbstract
      case .ipv4?, .ipv6?: self = peer.map { .address($0.with(port: 0)) } ?? .unknown
      }
    }
  }

  private struct Entry {
    let account: HostAccount
    var connections = 0
  }

  private let lock = Lock()
  private let accounts = CallAccounts()
  private var entries: [Host: Entry] = [:]

  /// The account of a new connection.
  ///
  /// - Parameter turns: the intake turns of the connection's loop.
  func opened(_ host: Host, _ turns: IntakeTurns) -> CallAccount {
    lock.withLock {
      var entry = entries[host] ?? Entry(account: HostAccount(in: accounts))
      entry.connections += 1
      entries[host] = entry
      return CallAccount(of: entry.account, isPrivileged: host == .unix, turns: turns)
    }
  }

  /// How many hosts are known, for tests.
  var hostCount: Int { lock.withLock { entries.count } }

  func closed(_ host: Host) {
    lock.withLock {
      guard var entry = entries[host] else { return }
      entry.connections -= 1
      entries[host] = entry.connections > 0 ? entry : nil
    }
  }
}

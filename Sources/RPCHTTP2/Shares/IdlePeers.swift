import EventLoop

/// How many idle connections each host has, over all loops of a server. Any thread.
///
/// Told by the ticks of the loops, so no call takes this lock.
///
/// `@unchecked Sendable`: everything is under the lock.
final class IdlePeers: @unchecked Sendable {
  private let limit: Int
  private let lock = Lock()
  private var counts: [SocketAddress: Int] = [:]

  init(limit: Int) { self.limit = limit }

  /// One connection of `host` has become idle, or busy again.
  func changed(_ host: SocketAddress, isIdle: Bool) {
    lock.withLock {
      let count = counts[host, default: 0] + (isIdle ? 1 : -1)
      counts[host] = count > 0 ? count : nil
    }
  }

  /// How many idle connections hosts have above the limit; most often none has.
  func excess() -> [SocketAddress: Int] {
    lock.withLock {
      guard counts.contains(where: { $0.value > limit }) else { return [:] }
      return counts.filter { $0.value > limit }.mapValues { $0 - limit }
    }
  }
}

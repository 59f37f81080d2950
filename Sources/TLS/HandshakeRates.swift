public import EventLoop

/// How many handshakes each host may begin: a full one costs as much as a hundred calls, and the
/// host that asks for it next to nothing. Any thread.
///
/// A bucket for each host, which holds the handshakes of two seconds. Buckets that are full again
/// are forgotten; beyond `mostHosts` others share one.
///
/// `@unchecked Sendable`: everything is under the lock.
public final class HandshakeRates: @unchecked Sendable {
  static let mostHosts = 10_000
  private static let burstSeconds = 2.0

  private let rate: TokenBucket.Rate
  private let lock = Lock()
  private var buckets: [SocketAddress: TokenBucket] = [:]
  private var others: TokenBucket

  /// - Parameter perSecond: for each host.
  public init(perSecond: Int) {
    rate = TokenBucket.Rate(
      burst: Double(perSecond) * Self.burstSeconds, perSecond: Double(perSecond))
    others = TokenBucket(rate, at: Self.time(.now()))
  }

  /// Whether the host may begin one more now.
  ///
  /// - Parameter peer: its port does not matter, and of an IPv6 address only the first half: one host
  ///   chooses the other.
  public func allow(_ peer: SocketAddress?, at now: MonotonicTime) -> Bool {
    let time = Self.time(now)
    return lock.withLock {
      guard let host = peer.map(Self.host) else { return others.take(rate, at: time) }
      if buckets[host] == nil, buckets.count >= Self.mostHosts { forgetFull(time) }
      if buckets[host] == nil, buckets.count >= Self.mostHosts {
        return others.take(rate, at: time)
      }
      return buckets[host, default: TokenBucket(rate, at: time)].take(rate, at: time)
    }
  }

  private func forgetFull(_ time: Duration) {
    buckets = buckets.filter { $0.value.left(rate, at: time) < rate.burst }
  }

  private static func time(_ now: MonotonicTime) -> Duration { .nanoseconds(now.nanoseconds) }

  private static func host(_ peer: SocketAddress) -> SocketAddress {
    if case .ipv6(let high, _, let scope, _) = peer, high != 0 {
      return .ipv6(high: high, low: 0, scope: scope, port: 0)
    }
    return peer.with(port: 0)
  }
}

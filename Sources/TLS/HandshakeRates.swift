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

  private struct Bucket {
    var tokens: Double
    var at: MonotonicTime
  }

  private let perSecond: Double
  private let lock = Lock()
  private var buckets: [SocketAddress: Bucket] = [:]
  private var others: Bucket

  /// - Parameter perSecond: for each host.
  public init(perSecond: Int) {
    self.perSecond = Double(perSecond)
    others = Bucket(tokens: self.perSecond * Self.burstSeconds, at: .now())
  }

  /// Whether the host may begin one more now.
  ///
  /// - Parameter peer: its port does not matter, and of an IPv6 address only the first half: one host
  ///   chooses the other.
  public func allow(_ peer: SocketAddress?, at now: MonotonicTime) -> Bool {
    lock.withLock {
      guard let host = peer.map(Self.host) else { return take(&others, now) }
      if buckets[host] == nil, buckets.count >= Self.mostHosts { forgetFull(now) }
      if buckets[host] == nil, buckets.count >= Self.mostHosts { return take(&others, now) }
      return take(&buckets[host, default: Bucket(tokens: capacity, at: now)], now)
    }
  }

  private var capacity: Double { perSecond * Self.burstSeconds }

  private func take(_ bucket: inout Bucket, _ now: MonotonicTime) -> Bool {
    bucket.tokens = tokens(bucket, now)
    bucket.at = now
    guard bucket.tokens >= 1 else { return false }
    bucket.tokens -= 1
    return true
  }

  private func tokens(_ bucket: Bucket, _ now: MonotonicTime) -> Double {
    let seconds = Double(now.nanoseconds - bucket.at.nanoseconds) / 1e9
    return min(capacity, bucket.tokens + max(0, seconds) * perSecond)
  }

  private func forgetFull(_ now: MonotonicTime) {
    buckets = buckets.filter { tokens($0.value, now) < capacity }
  }

  private static func host(_ peer: SocketAddress) -> SocketAddress {
    if case .ipv6(let high, _, let scope, _) = peer, high != 0 {
      return .ipv6(high: high, low: 0, scope: scope, port: 0)
    }
    return peer.with(port: 0)
  }
}

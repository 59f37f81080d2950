import EventLoop

/// Asks a peer that says nothing for a sign of life with PING, and notices that none comes; pure.
///
/// Every received byte is a sign of life, so an answer to PING needs no input of its own.
///
/// Source: gRFC A8.
struct KeepAliveWatch {
  enum Finding: Equatable {
    case nothing
    case pingIsDue
    case peerIsGone
  }

  /// The state of the connection, as the caller sees it at a look.
  struct Observation {
    /// Bytes ever read.
    var bytesRead = 0
    /// False while this side leaves received bytes unread: silence says nothing then.
    var isReading = true
    /// Whether a silent peer is to be asked: without calls most clients must not.
    var asks = true
  }

  /// When the last sign of life was seen.
  private var heardAt: MonotonicTime
  private var bytesRead = 0
  /// When the unanswered PING was sent.
  private var pingedAt: MonotonicTime?

  init(at now: MonotonicTime) { heardAt = now }

  mutating func looked(
    _ seen: Observation, at now: MonotonicTime, _ limits: KeepAlivePings
  ) -> Finding {
    if seen.bytesRead != bytesRead || !seen.isReading {
      bytesRead = seen.bytesRead
      pingedAt = nil
      heardAt = now
      return .nothing
    }
    if let pingedAt { return now - pingedAt >= limits.timeout ? .peerIsGone : .nothing }
    guard seen.asks else {
      heardAt = now
      return .nothing
    }
    guard now - heardAt >= limits.time else { return .nothing }
    pingedAt = now
    return .pingIsDue
  }
}

/// When a TCP connection counts as lost because its peer has vanished without a FIN.
///
/// A peer that answers has not vanished, but Linux counts one that answers with a closed window as
/// if it had: `unanswered` runs from the first probe of the window until it opens
/// (tcp_probe_timer). So it has to be longer than a reader may take.
public struct TCPKeepAlive: Sendable, Equatable {
  /// Silence after which the peer is asked for a sign of life, in whole seconds from 1.
  public var idle = Duration.seconds(60)
  /// From one question to the next, in whole seconds from 1.
  public var interval = Duration.seconds(15)
  /// How long something that was sent, or asked, may be without an answer (TCP_USER_TIMEOUT).
  public var unanswered = Duration.seconds(90)

  public init() {}

  var idleSeconds: Int32 { Self.seconds(idle) }
  var intervalSeconds: Int32 { Self.seconds(interval) }
  var unansweredMilliseconds: UInt32 {
    UInt32(Self.seconds(unanswered)) * 1000
  }

  /// The kernel accepts 1 to 32,767.
  private static func seconds(_ duration: Duration) -> Int32 {
    Int32(max(1, min(32_767, duration.components.seconds)))
  }
}

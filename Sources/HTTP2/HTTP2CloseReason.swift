/// Why a stream is over.
public enum HTTP2CloseReason: Hashable, Sendable {
  /// Both halves ended in order, or this side ended its reply and did not want the rest of the
  /// request (RST_STREAM with NO_ERROR, RFC 9113 section 8.1).
  case finished
  case resetByPeer(HTTP2ErrorCode)
  /// By the caller, or by the session because the peer broke a rule of the stream.
  case resetLocally(HTTP2ErrorCode)
  /// The connection went away before the stream was done.
  case connectionLost
  /// The peer's GOAWAY says that it never looked at this stream: safe to try again.
  case unprocessed
}

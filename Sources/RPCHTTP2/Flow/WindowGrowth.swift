/// Receive windows that follow the bandwidth-delay product: a stream that uses up its window in one
/// round trip gets a larger one, and so does its connection, as far as memory allows.
///
/// The windows of `HTTP2Limits` are what every stream and connection begins with.
public struct WindowGrowth: Sendable, Equatable {
  /// The largest window of a stream, and of a connection, in bytes.
  public var maxWindowBytes = 8 << 20
  /// Bytes that all grown windows of a server together may have beyond those of `HTTP2Limits`: half
  /// of it for those that come first, the rest in fair shares of hosts and connections. What is
  /// given may come and wait for its handlers: more than `ConnectionLimits.maxHeldBytes` counts as
  /// that. With the windows at their beginning the default stays below
  /// `RPCLimits.maxHeldRequestBytes`.
  public var maxBytesInAll = 8 << 20
  /// How long a grown window may be without use; then it shrinks again.
  public var unusedTime = Duration.seconds(2)

  public init() {}
}

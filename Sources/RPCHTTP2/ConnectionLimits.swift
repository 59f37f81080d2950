public import EventLoop
public import HTTP2

/// Everything that bounds what connections may cost, in one value with finite defaults.
public struct ConnectionLimits: Sendable {
  /// The limits of one HTTP/2 connection.
  public var http2 = HTTP2Limits()
  /// Connections of a server, over all its addresses. For one more the longest idle one makes room;
  /// when none is idle, it is closed at once. An idle one takes 16 kB: these take less than 64 MB.
  public var maxConnections = 4_000
  /// Connections without a call that one host may have; above it its longest idle ones are told to
  /// go away. Nil: any number, as proxies need it. Unix sockets are exempt.
  public var maxIdlePerPeer: Int?
  /// When a TCP connection counts as lost because the other side does not answer.
  public var keepAlive = TCPKeepAlive()
  /// From the connection to the peer's preface and SETTINGS.
  public var handshakeTimeout = Duration.seconds(10)
  /// From a header block's first to its last frame.
  public var headerBlockTimeout = Duration.seconds(10)
  /// How long output may wait without progress: for the socket, then the connection is closed; or
  /// for a stream's window, then the stream is reset.
  public var stalledWriteTimeout = Duration.seconds(30)
  /// How long a connection may be without a stream before it is told to go away; nil for ever.
  public var idleTimeout: Duration?
  /// The same for one that never had a stream; nil: as `idleTimeout`.
  public var unusedTimeout: Duration?
  /// How long the rest of a request is taken whose answer is complete; then its stream is reset.
  public var unwantedBodyTime = Duration.seconds(1)
  /// In a graceful shutdown: how long streams in flight may take to finish.
  public var graceTime = Duration.seconds(30)
  /// How long a connection that this side has ended waits for the peer to close it.
  public var lingerTime = Duration.seconds(1)
  /// Pause after the system ran out of descriptors or memory.
  public var acceptBackoff = Duration.milliseconds(100)
  /// Bytes that are read for a peer while it does not take its output; then reading stops.
  public var maxBytesReadWhileBlocked = 256 * 1024
  /// Received and not yet consumed bytes of all connections of a server. Above it the connections
  /// that hold more than their share are not read any more.
  public var maxHeldBytes = 24 << 20

  /// Bytes of replies that may wait to be taken on one connection, and on all of a server; above
  /// it new requests wait until the peer has taken some.
  public var maxQueuedBytes = 4 << 20
  public var maxQueuedBytesInAll = 24 << 20

  /// What calls in progress may take on all connections of one loop: their header blocks, and 1 kB
  /// for each call. HPACK makes a block of 16 kB from a few bytes, and a call may wait for its
  /// message for ever. Above it a connection that takes more than its share gets
  /// RESOURCE_EXHAUSTED for new calls.
  public var maxOpenRequestBytes = 4 << 20

  public init() {
    // A connection's streams together may not take the server's share of all others.
    http2.streamWindowBytes = 256 * 1024
    http2.connectionWindowBytes = 2 << 20
    http2.sendHighWatermark = 64 * 1024
  }

  /// How often the timeouts are looked at: at least four times while the shortest passes.
  var tick: Duration {
    let shortest = [
      handshakeTimeout, headerBlockTimeout, stalledWriteTimeout, lingerTime, unwantedBodyTime,
      idleTimeout ?? .seconds(4), unusedTimeout ?? .seconds(4),
    ].min()
    return max(.milliseconds(5), min(.seconds(1), (shortest ?? .seconds(4)) / 4))
  }
}

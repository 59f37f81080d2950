public import EventLoop
public import HTTP2

/// All bounds on the cost of connections, in one value with finite defaults.
public struct ConnectionLimits: Sendable {
  /// The limits of one HTTP/2 connection.
  public var http2 = HTTP2Limits()
  /// How far receive windows grow beyond those of `http2`; nil: they stay as they are.
  public var windowGrowth: WindowGrowth? = WindowGrowth()
  /// Connections of a server, over all its addresses. For one more the longest idle one makes room;
  /// when none is idle, it is closed at once. An idle one takes 16 kB: these take less than 64 MB.
  public var maxConnections = 4_000
  /// Connections without a call that one host may have; above it its longest idle ones are told to
  /// go away. Nil: any number, as proxies need it. Unix sockets are exempt.
  public var maxIdlePerPeer: Int?
  /// Connections that one host may have; further ones are closed at once. Nil: any number, as proxies
  /// need it. Unix sockets and loopback are exempt.
  public var maxConnectionsPerPeer: Int?
  /// TLS handshakes that one host may begin in a second, and twice as many at once; above it its
  /// connections are closed before the handshake. Nil: any number, as a proxy that passes TLS on
  /// may need it.
  public var maxHandshakesPerSecond: Int? = 100
  /// When a TCP connection counts as lost because the other side's system does not answer.
  public var tcpKeepAlive = TCPKeepAlive()
  /// When it counts as lost because the other side's program does not answer; nil: never.
  public var keepAlive: KeepAlivePings?
  /// Servers: how often a client may send PING; nil: as often as `http2.glitches` allows.
  public var pings: PingLimits?
  /// Servers: how old a connection may get; nil: any age.
  public var age: ConnectionAge?
  /// From the connection to the peer's preface and SETTINGS.
  public var handshakeTimeout = Duration.seconds(10)
  /// From a header block's first to its last frame; over HTTP/1.1 from the first byte of a head or
  /// of trailers to their end.
  public var headerBlockTimeout = Duration.seconds(10)
  /// How long output may wait without progress: for the socket, then the connection is closed; or
  /// for a stream's window, then the stream is reset. HTTP/1.1 has the socket only; there an answer
  /// that has begun may also be quiet for so long behind the end of its peer's half.
  public var stalledWriteTimeout = Duration.seconds(30)
  /// Bytes that a peer has to take in that time, as long as so many wait: fewer are no progress, or
  /// a window that opens byte by byte would keep a call for hours.
  public var leastProgressBytes = 4096
  /// How long a handler may leave what it has received unread while the server holds more than
  /// `maxHeldBytes` and its connection is one of those that are not read for it: then its stream is
  /// reset, and a connection of HTTP/1.1 closed, for nothing else would end that.
  public var unreadTimeout = Duration.seconds(30)
  /// How long a connection may be without a stream before it is told to go away; nil for ever.
  public var idleTimeout: Duration?
  /// The same for one that never had a stream; nil: as `idleTimeout`.
  public var unusedTimeout: Duration?
  /// How long the rest of a request is taken whose answer is complete; then its stream is reset.
  public var unwantedBodyTime = Duration.seconds(1)
  /// In a graceful shutdown: how long streams in flight may take to finish.
  public var graceTime = Duration.seconds(30)
  /// In a graceful shutdown: how long a listener that takes no new connections any more waits for
  /// those whose TCP handshake has begun. Zero resets them, if there are any.
  public var listenerLinger = Duration.zero
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

  /// Memory of the calls in progress on all connections of one loop: their header blocks, and 1 kB
  /// for each call. HPACK makes a block of 16 kB from a few bytes, and a call may wait for its
  /// message for ever. Above it a connection that takes more than its share gets RESOURCE_EXHAUSTED
  /// for new calls.
  public var maxOpenRequestBytes = 4 << 20

  public init() {
    // A connection's streams together may not take the server's share of all others.
    http2.streamWindowBytes = 256 * 1024
    http2.connectionWindowBytes = 2 << 20
    http2.sendHighWatermark = 64 * 1024
  }

  /// The same with PINGs no more often than a client may send them.
  ///
  /// Source: gRFC A8: "the minimum ... for client keepalive time is 10 seconds".
  var forClients: ConnectionLimits {
    var limits = self
    if let time = keepAlive?.time {
      limits.keepAlive?.time = max(KeepAlivePings.minClientTime, time)
    }
    return limits
  }

  /// How often the timeouts are looked at: at least four times while the shortest passes.
  var tick: Duration {
    let shortest = [
      handshakeTimeout, headerBlockTimeout, stalledWriteTimeout, unreadTimeout, lingerTime,
      unwantedBodyTime, windowGrowth?.unusedTime ?? .seconds(4),
      idleTimeout ?? .seconds(4), unusedTimeout ?? .seconds(4),
      keepAlive?.time ?? .seconds(4), keepAlive?.timeout ?? .seconds(4),
      age?.maximum ?? .seconds(4), age?.grace ?? .seconds(4),
    ].min()
    return max(.milliseconds(5), min(.seconds(1), (shortest ?? .seconds(4)) / 4))
  }
}

/// PINGs that ask a silent peer for a sign of life, in HTTP/2: they find a program that hangs, and
/// keep proxies and address translators from forgetting the connection, as TCP's own cannot.
///
/// Source: gRFC A8.
public struct KeepAlivePings: Sendable, Equatable {
  /// Silence after which the peer is asked. A server may refuse PINGs more often than every five
  /// minutes, which is gRPC's default, with GOAWAY "too_many_pings"; the time doubles then.
  /// Clients: 10 s when it is less.
  public var time: Duration
  /// The least `time` of a client.
  public static let minClientTime = Duration.seconds(10)
  /// Silence after a PING that ends the connection.
  public var timeout: Duration
  /// Clients: ask without a call in progress, too. Servers always do.
  public var withoutCalls = false

  public init(time: Duration, timeout: Duration = .seconds(20)) {
    self.time = time
    self.timeout = timeout
  }
}

/// How often a client may send PING: above it the connection ends with GOAWAY ENHANCE_YOUR_CALM
/// "too_many_pings".
///
/// Source: gRFC A8.
public struct PingLimits: Sendable, Equatable {
  /// The shortest time between two PINGs that is no strike, with calls in progress.
  public var minInterval: Duration
  /// The same without a call.
  public var minIntervalWithoutCalls = Duration.seconds(7200)
  /// Strikes that are forgiven. HEADERS or DATA of the server forgive them all.
  public var maxStrikes = 2

  public init(minInterval: Duration = .seconds(300)) { self.minInterval = minInterval }
}

/// The age at which a server sends GOAWAY on a connection, so that clients spread over servers that
/// have started since.
///
/// Source: gRFC A9.
public struct ConnectionAge: Sendable, Equatable {
  /// From the acceptance to GOAWAY. Each connection has its own tenth more or less, so that they do
  /// not all come again at once.
  public var maximum: Duration
  /// From GOAWAY to the end of what is still in progress; nil: it may take for ever.
  public var grace: Duration?

  public init(maximum: Duration, grace: Duration? = nil) {
    self.maximum = maximum
    self.grace = grace
  }
}

public import Wire

/// One bidirectional stream of a transport: the half that the RPC core calls.
///
/// A stream carries one call. Every member is called on `executor`'s thread only, and every call
/// returns at once: bytes go into the stream's send queue, and what the peer does comes back
/// through the `StreamReceiver`. After `StreamReceiver.closed` every member is a harmless no-op, so
/// a handler that outlives its stream cannot hurt anyone. No member calls the receiver back before
/// it returns: `closed` after a `reset`, for instance, comes in a later step of the loop.
public protocol TransportStream: AnyObject {
  /// The event loop that owns the stream. Call tasks run with it as executor preference.
  var executor: any CallExecutor { get }
  /// The other side of the connection, as the transport names it (`ipv4:127.0.0.1:4711`,
  /// `ipv6:[::1]:4711`, `unix:`).
  var peer: String { get }
  /// What the connection tells of the other side; servers.
  var peerCredentials: PeerCredentials { get }
  /// The connection's share of the server's quotas; nil: without limits of its own.
  var account: CallAccount? { get }
  /// Bytes given to `send` which the transport has not taken yet. More than the watermark when the
  /// stream is over but `closed` is still to come: a writer in a loop must not spin until then.
  var queuedBytes: Int { get }
  /// Above this many queued bytes a writer waits for `StreamReceiver.writable`.
  var sendHighWatermark: Int { get }

  /// Whether the peer reads the response while it still sends its request: not over HTTP/1.1.
  var isFullDuplex: Bool { get }
  /// Servers: whether the client has asked for leave to send its body, and the transport gives it
  /// when the next turn of the loop finds no answer: over HTTP/1.1 alone.
  var asksForBody: Bool { get }

  /// Sends a header block (a response's, or the fields of Trailers-Only with `endStream`).
  func sendHeaders(_ fields: HeaderFields, endStream: Bool)
  /// Queues bytes of the body.
  func send(_ bytes: consuming [UInt8])
  /// Ends the body with trailers (servers) once everything queued has left.
  ///
  /// When a server ends its half (here, or by `sendHeaders` with `endStream`) while the client is
  /// still sending, the transport takes what still arrives for a moment, gives back its windows by
  /// itself, and then resets the stream with `.noError` (RFC 9113 section 8.1).
  func sendTrailers(_ fields: HeaderFields)
  /// Ends the body without trailers (clients: half-close) once everything queued has left.
  func sendEnd()
  /// Ends the stream at once (RST_STREAM over HTTP/2) and drops the queued bytes.
  func reset(_ reason: StreamResetReason)
  /// Tells that `count` received bytes have been used up, so that the peer may send as many more.
  /// Until then they count against the stream's and the connection's flow-control windows.
  func consumed(_ count: Int)
  /// Tells that `count` received bytes stay in memory and that this stream is to bring no more for
  /// now: its window stays shut until `resume`, and only the connection's opens.
  func keep(_ count: Int)
  /// Opens the stream's window by all that was kept.
  func resume()
  /// Arms the stream's one timer; `StreamReceiver.timerFired` is called once after `delay`.
  /// Arming again replaces it; closing disarms it.
  func armTimer(after delay: Duration)
  func disarmTimer()

  /// Servers: what the admission of requests remembers of the stream's connection, for the next
  /// request on it; nil at first, and where the transport keeps nothing.
  var admissionNote: AnyObject? { get set }
  /// Servers: no code of the call runs any more, and none will. From then on the transport may take
  /// another request in its place; else when the last reference to the stream is gone, which may be
  /// after the client has its answer.
  func handlerEnded()

  /// Messages have come whole; for the transport's statistics.
  func messagesReceived(_ count: Int)
  /// A client's call has its status, once; for the transport's statistics.
  func callEnded(isOK: Bool)
}

extension TransportStream {
  public var peerCredentials: PeerCredentials { .unknown }
  public var account: CallAccount? { nil }
  public var isFullDuplex: Bool { true }
  public var asksForBody: Bool { false }

  /// Servers: gives the client leave to send its body if the header block asks for it (RFC 9110
  /// section 10.1.1), where the transport does not by itself.
  func allowBody(askedBy head: HeaderFields) {
    guard isFullDuplex, head.asksForBody else { return }
    sendHeaders([":status": "100"], endStream: false)
  }
  /// Without windows of its own a transport lets all come.
  public func keep(_ count: Int) { consumed(count) }
  public func resume() {}
  public var admissionNote: AnyObject? {
    get { nil }
    set {}
  }
  public func handlerEnded() {}
  public func messagesReceived(_ count: Int) {}
  public func callEnded(isOK: Bool) {}
}

/// One stream's events, from the transport to the RPC core; on the stream's executor thread.
public protocol StreamReceiver: AnyObject {
  /// A client's receiver: the response's header block. Servers never see it: they get the head in
  /// `ServerStreamHandler.streamStarted`.
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool)
  /// Bytes of the body, valid during the call. They stay charged to the windows until
  /// `TransportStream.consumed`.
  func received(_ bytes: RawSpan, endStream: Bool)
  /// Trailers; they end the peer's half.
  func receivedTrailers(_ fields: HeaderFields)
  /// `queuedBytes` fell below the watermark after it had been above.
  func writable()
  func timerFired()
  /// The stream is over; the last event. `.finished` when both halves ended in order.
  func closed(_ reason: StreamCloseReason)
}

/// Why this side ends a stream early.
public enum StreamResetReason: Sendable, Equatable {
  /// The reply is complete and the rest of the request is not wanted (RFC 9113 section 8.1).
  case noError
  case cancel
  case refused
  case protocolError
  case internalError
}

/// Why a stream ended.
public enum StreamCloseReason: Sendable, Equatable {
  case finished
  /// The peer reset it, with this HTTP/2 error code (RFC 9113 section 7).
  case resetByPeer(code: UInt32)
  /// This side reset it.
  case resetLocally
  /// The connection went away before the stream was done.
  case connectionLost(String)
  /// The peer's GOAWAY says that it never looked at this stream: safe to try again.
  case unprocessed
}

/// Takes the streams of a server transport.
public protocol ServerStreamHandler: Sendable {
  /// Called on the stream's executor thread as soon as the request's header block is complete.
  func streamStarted(
    _ stream: any TransportStream, head: HeaderFields, endStream: Bool
  ) -> any StreamReceiver
  /// Called at least once a second on each executor that has connections, on its thread.
  ///
  /// - Parameters:
  ///   - executor: that looks.
  ///   - late: how much later than it was due.
  func looked(on executor: any CallExecutor, late: Duration)
}

extension ServerStreamHandler {
  public func looked(on executor: any CallExecutor, late: Duration) {}
}

/// Listens, and turns connections into streams.
public protocol ServerTransport: Sendable {
  /// Serves until `beginGracefulShutdown` and the streams' end, or until the surrounding task is
  /// cancelled, which ends all connections at once. Called once.
  func run(_ handler: any ServerStreamHandler) async throws
  /// Stops accepting connections and streams, and lets streams in flight finish. Any thread, any
  /// time: before `run` it makes `run` return at once, again it does nothing.
  func beginGracefulShutdown()
  /// What it has turned away by itself; any thread, any time.
  var refusals: RefusalCounts { get }
}

extension ServerTransport {
  public var refusals: RefusalCounts { RefusalCounts() }
}

/// Opens streams to one server.
public protocol ClientTransport: Sendable {
  /// The executor on which `openStream` must be called and on which its events arrive.
  var executor: any CallExecutor { get }
  /// Runs the connection until `beginGracefulShutdown` and the streams' end. Called once.
  func run() async throws
  /// Opens no more streams and lets those in flight finish; as for servers, any thread, any time.
  func beginGracefulShutdown()
  /// Opens a stream; on `executor`'s thread. A stream that cannot be opened is closed through its
  /// receiver, never by an error here.
  func openStream(
    head: HeaderFields, endStream: Bool, receiver: any StreamReceiver
  ) -> any TransportStream
  /// The same, and says whether the stream waits for a connection even while none can be made
  /// (gRPC's wait-for-ready); as `openStream` without it for transports that have one connection.
  func openStream(
    head: HeaderFields, endStream: Bool, waitsForReady: Bool, receiver: any StreamReceiver
  ) -> any TransportStream
  /// What requests send as `:authority` unless their client is given another one; `localhost` for
  /// transports without addresses.
  var authority: String { get }
  /// What requests send as `:scheme` unless their client is given another one: `https` over TLS,
  /// else `http`. Credentials that are secret are sent with `https` only.
  var scheme: String { get }
}

extension ClientTransport {
  public var scheme: String { "http" }
  public var authority: String { "localhost" }

  public func openStream(
    head: HeaderFields, endStream: Bool, waitsForReady: Bool, receiver: any StreamReceiver
  ) -> any TransportStream {
    openStream(head: head, endStream: endStream, receiver: receiver)
  }
}

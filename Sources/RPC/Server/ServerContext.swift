import Wire

/// A call as its handler sees it, besides the messages.
///
/// A handle: copying it costs nothing. Not to be kept once the handler has returned, since it keeps
/// the stream's place among the streams of its connection.
public struct ServerContext: Sendable {
  let call: ServerCall

  @usableFromInline
  init(_ call: ServerCall) { self.call = call }

  public var method: MethodDescriptor { call.method.descriptor }

  /// The other side of the connection: `ipv4:127.0.0.1:4711`, `ipv6:[::1]:4711`, `unix:`.
  public var peer: String { call.peer }

  /// What the connection tells of the other side.
  public var peerCredentials: PeerCredentials { call.stream.peerCredentials }

  /// Owns the call: its handler runs there.
  public var executor: any CallExecutor { call.executor }

  /// The client's metadata.
  public var metadata: Metadata { Metadata(received: call.head) }

  /// When the client stops waiting; nil when it does not say. The handler's task is cancelled then.
  public var deadline: ContinuousClock.Instant? { call.deadline }

  /// Time left until the deadline, negative when it has passed; nil without one.
  public var remainingTime: Duration? {
    call.deadline.map { $0 - call.executor.currentInstant }
  }

  /// How often the client has made this call before, as its retries say; 0 for the first attempt.
  /// Source: gRFC A6, `grpc-previous-rpc-attempts`.
  public var previousAttempts: Int {
    let field = call.head.value("grpc-previous-rpc-attempts")
    return field.flatMap { UInt16(String(decoding: $0, as: UTF8.self)) }.map(Int.init) ?? 0
  }

  /// Options for a call that the handler makes for its caller: with the handler's deadline, which
  /// calls in its task have anyway, and with some of the metadata that came.
  ///
  /// - Parameter names: of the metadata to hand on, in lower case: `authorization`, `traceparent`.
  public func forwardingOptions(metadata names: [String] = []) -> CallOptions {
    CallOptions(deadline: deadline, metadata: metadata.only(names))
  }

  /// Values that admission, observers and interceptors have put there for this call. Interceptors
  /// write it in the call's own task, before `next`.
  public var storage: CallStorage {
    get { call.storage }
    nonmutating set { call.storage = newValue }
  }

  /// Sends the header block at once, with the metadata that was set: without it that waits for the
  /// first message, and so does a client that waits for the block before it talks. Again, and after
  /// a message, it does nothing.
  @concurrent
  public func sendInitialMetadata() async {
    await call.executor.run { call.sendHeaders() }
  }

  /// Sends the messages of the response in an encoding of the server's, however small they are, if
  /// the client lists it; or as they are with `identity`. To be called before the first message
  /// and before `sendInitialMetadata`; without it the service's `ResponseCompression` counts.
  ///
  /// - Returns: whether they will be.
  @concurrent
  public func encodeResponse(as name: String) async -> Bool {
    await call.executor.run { call.encodeResponse(as: name) }
  }

  /// Whether the message of the request that was taken last came compressed.
  @concurrent
  public func requestWasCompressed() async -> Bool {
    await call.executor.run { call.lastRequestWasEncoded }
  }

  /// Metadata for the client, sent before the first message; without effect after that.
  @concurrent
  public func setInitialMetadata(_ metadata: Metadata) async {
    await call.executor.run { call.initialMetadata = metadata }
  }

  /// Metadata for the client, sent with the status, whatever it is.
  @concurrent
  public func setTrailingMetadata(_ metadata: Metadata) async {
    await call.executor.run { call.trailingMetadata = metadata }
  }
}

public import Protobuf
import Wire

/// Makes calls over one transport. Generated client stubs are thin layers over it.
///
/// Every call ends: with a status, when the caller's task is cancelled (the server is told), or at
/// its deadline. Calls throw an `RPCError`, or the error of the caller's own closure.
/// <doc:ClientCalls> says how calls are made: deadlines, retries, interceptors, credentials.
///
///     let client = RPCClient(transport: HTTP2ClientTransport(address: address, loop: loop))
///     async let running: Void = client.run()
///     let greeter = GreeterServiceClient(client)
///     let reply = try await greeter.greet(request, options: CallOptions(timeout: .seconds(5)))
///     client.beginGracefulShutdown()
///     try await running
///
/// <doc:ServeYourOwnProtos> is a complete program.
public final class RPCClient: Sendable {
  let transport: any ClientTransport
  let executor: any CallExecutor
  let scheme: String
  let authority: String
  /// The fields with which each request begins.
  let headStart: HeaderFields
  /// In which messages of responses may come.
  let encodings: MessageEncodings
  let methodConfigs: MethodConfigs
  let interceptors: [any ClientInterceptor]
  let credentials: (any CallCredentials)?
  let observer: (any ClientCallObserver)?
  /// What its calls share; on the transport's executor.
  let calls: ClientCalls

  /// - Parameters:
  ///   - transport: makes the connection, and runs while `run` does.
  ///   - authority: sent as `:authority`; nil: the transport's, which has it from its target.
  ///   - scheme: sent as `:scheme`; nil: the transport's, `https` over TLS.
  ///   - encodings: in which messages may come and go, besides identity: servers are told.
  ///   - serviceConfig: timeouts, sizes and retries of the methods. Its load balancing and health
  ///     checks are the transport's, which is given them itself: `ChannelOptions(serviceConfig)`.
  ///   - interceptors: run around each call, the first outermost.
  ///   - credentials: make metadata for each attempt of a call.
  ///   - observer: is told of calls and their attempts.
  public init(
    transport: any ClientTransport, authority: String? = nil, scheme: String? = nil,
    encodings: [any MessageEncoding] = [], serviceConfig: ServiceConfig = ServiceConfig(),
    interceptors: [any ClientInterceptor] = [], credentials: (any CallCredentials)? = nil,
    observer: (any ClientCallObserver)? = nil
  ) {
    self.observer = observer
    methodConfigs = MethodConfigs(serviceConfig.methods)
    calls = ClientCalls(throttle: serviceConfig.retryThrottling)
    self.interceptors = interceptors
    self.credentials = credentials
    self.encodings = MessageEncodings(encodings)
    self.transport = transport
    executor = transport.executor
    let authority = authority ?? transport.authority
    self.authority = authority
    let scheme = scheme ?? transport.scheme
    self.scheme = scheme
    headStart = RequestBlocks.start(scheme: scheme, authority: authority)
  }

  /// Runs the connection; calls are made meanwhile. Returns after `beginGracefulShutdown` when the
  /// last call has ended.
  public func run() async throws { try await transport.run() }

  /// Opens no more calls and lets those in flight finish. Any thread.
  public func beginGracefulShutdown() { transport.beginGracefulShutdown() }

  /// One message there, one back.
  @inlinable
  public func unary<Request: Message, Response: Message>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions = CallOptions()
  ) async throws -> Response {
    let frame = MessageFrame.encode(request)
    guard isWithoutInterceptors else {
      // They see a reply that cannot be decoded, too.
      return try await withCall(method, options) {
        try await Self.exchange(frame, over: $0).decoded()
      }
    }
    return try await exchange(method, frame, options).decoded()
  }

  /// Messages there, written by `send`; one back.
  @inlinable
  public func clientStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor, options: CallOptions = CallOptions(),
    _ send: (RequestWriter<Request>) async throws -> Void
  ) async throws -> Response {
    try await withCall(method, options) { call in
      try await Self.request(of: call) { try await send(RequestWriter(call)) }
      return try await Self.onlyReply(of: call).decoded()
    }
  }

  /// One message there; messages back, read by `receive`.
  @inlinable
  public func serverStreaming<Request: Message, Response: Message, Result>(
    _ method: MethodDescriptor, _ request: Request, options: CallOptions = CallOptions(),
    _ receive: (ResponseStream<Response>) async throws -> Result
  ) async throws -> Result {
    try await withCall(method, options) { call in
      try await Self.send(MessageFrame.encode(request), asOnlyMessageOf: call)
      return try await receive(ResponseStream(call))
    }
  }

  /// Messages both ways, at once or by turns as `talk` likes. The call ends when `talk` returns; to
  /// end only the request before, finish the writer.
  @inlinable
  public func bidirectionalStreaming<Request: Message, Response: Message, Result>(
    _ method: MethodDescriptor, options: CallOptions = CallOptions(),
    _ talk: (RequestWriter<Request>, ResponseStream<Response>) async throws -> Result
  ) async throws -> Result {
    try await withCall(method, options) { call in
      try await talk(RequestWriter(call), ResponseStream(call))
    }
  }

  /// A call of any kind with its messages as bytes: for proxies, and for contracts that the program
  /// does not have. As `bidirectionalStreaming`; a method with one request is sent one.
  public func rawStreaming<Result>(
    _ method: MethodDescriptor, options: CallOptions = CallOptions(),
    _ talk: (RawRequestWriter, RawResponseStream) async throws -> Result
  ) async throws -> Result {
    try await withCall(method, options) { call in
      try await talk(RawRequestWriter(call: call), RawResponseStream(call: call))
    }
  }

  @usableFromInline
  static func send(_ frame: [UInt8], asOnlyMessageOf call: ClientCall) async throws {
    if try call.writeOnlyAtOnce(frame) { return }
    try await request(of: call) { try await call.write(frame, isEncoded: true) }
  }

  /// Runs the closure that writes a request, and ends the request.
  @usableFromInline
  static func request(of call: ClientCall, _ write: () async throws -> Void) async throws {
    do {
      try await write()
    } catch {
      // A server may reply before it has read all; its messages and its status count then.
      guard await call.hasEnded() else { throw error }
    }
    await call.finishWriting()
  }
}

extension ClientCall {
  /// Whether the call has its status.
  @usableFromInline
  @concurrent
  func hasEnded() async -> Bool { await executor.run { self.state.isOver } }
}

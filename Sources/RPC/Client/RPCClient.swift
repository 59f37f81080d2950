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
  private let scheme: String
  private let authority: String
  /// The fields with which each request begins.
  private let headStart: HeaderFields
  /// In which messages of responses may come.
  let encodings: MessageEncodings
  private let methodConfigs: MethodConfigs
  private let interceptors: [any ClientInterceptor]
  private let credentials: (any CallCredentials)?
  /// What its calls share; on the transport's executor.
  let calls: ClientCalls

  /// - Parameters:
  ///   - transport: makes the connection, and runs while `run` does.
  ///   - authority: sent as `:authority`; usually host and port.
  ///   - scheme: `https` over TLS.
  ///   - encodings: in which messages may come and go, besides identity: servers are told.
  ///   - serviceConfig: timeouts, sizes and retries of the methods. Its load balancing and health
  ///     checks are the transport's, which is given them itself.
  ///   - interceptors: run around each call, the first outermost.
  ///   - credentials: make metadata for each attempt of a call.
  public init(
    transport: any ClientTransport, authority: String = "localhost", scheme: String = "http",
    encodings: [any MessageEncoding] = [], serviceConfig: ServiceConfig = ServiceConfig(),
    interceptors: [any ClientInterceptor] = [], credentials: (any CallCredentials)? = nil
  ) {
    methodConfigs = MethodConfigs(serviceConfig.methods)
    calls = ClientCalls(throttle: serviceConfig.retryThrottling)
    self.interceptors = interceptors
    self.credentials = credentials
    self.encodings = MessageEncodings(encodings)
    self.transport = transport
    self.authority = authority
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
    try await withCall(method, options) { call in
      try await Self.send(MessageFrame.encode(request), asOnlyMessageOf: call)
      return try await Self.onlyMessage(of: call)
    }
  }

  /// Messages there, written by `send`; one back.
  @inlinable
  public func clientStreaming<Request: Message, Response: Message>(
    _ method: MethodDescriptor, options: CallOptions = CallOptions(),
    _ send: (RequestWriter<Request>) async throws -> Void
  ) async throws -> Response {
    try await withCall(method, options) { call in
      try await Self.request(of: call) { try await send(RequestWriter(call)) }
      return try await Self.onlyMessage(of: call)
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

  /// The reply of a method with one reply.
  @usableFromInline
  static func onlyMessage<Response: Message>(of call: ClientCall) async throws -> Response {
    var replies = ResponseStream<Response>(call).makeAsyncIterator()
    guard let reply = try await replies.next() else {
      throw RPCError(.unimplemented, "the response has no message")
    }
    guard try await replies.next() == nil else {
      throw RPCError(.unimplemented, "the response has more than one message")
    }
    return reply
  }

  /// Opens a call for the length of `body`, inside the interceptors.
  @usableFromInline
  func withCall<Result>(
    _ method: MethodDescriptor, _ options: CallOptions,
    _ body: (ClientCall) async throws -> Result
  ) async throws -> Result {
    if interceptors.isEmpty { return try await makeCall(method, options, body) }
    var result: Result?
    do {
      try await intercept(from: 0, method, options) { options in
        guard result == nil else {
          throw RPCError(.internal, "an interceptor made the call twice")
        }
        result = try await makeCall(method, options, body)
      }
    } catch {
      throw error is CancellationError ? RPCError.cancelled : error
    }
    guard let result else {
      throw RPCError(.internal, "an interceptor neither made the call nor threw")
    }
    return result
  }

  private func intercept(
    from index: Int, _ method: MethodDescriptor, _ options: CallOptions,
    _ call: (CallOptions) async throws -> Void
  ) async throws {
    guard index < interceptors.count else { return try await call(options) }
    try await interceptors[index].intercept(method, options) { options in
      try await intercept(from: index + 1, method, options, call)
    }
  }

  /// Opens a call for the length of `body`; whatever is left of it then is reset.
  private func makeCall<Result>(
    _ method: MethodDescriptor, _ options: CallOptions,
    _ body: (ClientCall) async throws -> Result
  ) async throws -> Result {
    let executor = transport.executor
    // On the executor a call takes no step of its task that it need not.
    let call =
      executor.isCurrent
      ? try open(method, options) : try await executor.run { try self.open(method, options) }
    do {
      let result = try await withTaskCancellationHandler {
        try await body(call)
      } onCancel: {
        executor.execute { call.cancel() }
      }
      await abandon(call)
      return result
    } catch {
      await abandon(call)
      throw error is CancellationError ? RPCError.cancelled : error
    }
  }

  private func abandon(_ call: ClientCall) async {
    if call.executor.isCurrent { return call.abandon() }
    await call.executor.run { call.abandon() }
  }

  private func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) throws(RPCError) -> ClientCall {
    let config = methodConfigs[method]
    var options = options
    if let config { options.apply(config) }
    let now = transport.executor.currentInstant
    let deadline = options.earliestDeadline(now: now)
    if let deadline, deadline <= now { throw .deadlineExceeded }
    let encoding = try requestEncoding(options)
    let call = ClientCall(
      self, method, options, retryPolicy: config?.retryPolicy, deadline: deadline,
      requestEncoding: encoding)
    call.begin()
    return call
  }

  /// The header block of an attempt.
  func head(
    of call: ClientCall, now: ContinuousClock.Instant, _ credentials: Metadata?
  ) -> HeaderFields {
    var head = RequestBlocks.head(
      headStart, path: call.method.path, timeout: call.deadline.map { $0 - now },
      metadata: call.options.metadata,
      encoding: call.requestEncoding, accepted: encodings.accepted,
      previousAttempts: call.attempts.previous)
    credentials?.append(to: &head)
    return head
  }

  /// Whether nobody on the way can read the calls.
  var isSecure: Bool { scheme == "https" }

  func credentials(of options: CallOptions) -> [any CallCredentials] {
    if credentials == nil, options.credentials == nil { return [] }
    return [credentials, options.credentials].compactMap { $0 }
  }

  func credentialsRequest(_ method: MethodDescriptor) -> CredentialsRequest {
    CredentialsRequest(method: method, authority: authority, scheme: scheme)
  }

  private func requestEncoding(_ options: CallOptions) throws(RPCError) -> CallEncoding? {
    guard let name = options.encoding, name != "identity" else { return nil }
    if let encoding = encodings.find(Array(name.utf8)) { return encoding }
    throw RPCError(.internal, "the client has no encoding \(name)")
  }
}

extension ClientCall {
  /// Whether the call has its status.
  @usableFromInline
  @concurrent
  func hasEnded() async -> Bool { await executor.run { self.state.isOver } }
}

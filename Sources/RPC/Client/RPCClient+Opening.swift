import Wire

// How a call comes about: interceptors, the service config, its first attempt.
extension RPCClient {
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

  /// Opens a call for the length of `body`.
  private func makeCall<Result>(
    _ method: MethodDescriptor, _ options: CallOptions,
    _ body: (ClientCall) async throws -> Result
  ) async throws -> Result {
    // On the executor a call takes no step of its task that it need not.
    let call =
      executor.isCurrent
      ? try open(method, options) : try await executor.run { try self.open(method, options) }
    return try await run(call, body)
  }

  /// Runs `body` for the length of an open call; whatever is left of it then is reset.
  func run<Result>(
    _ call: ClientCall, _ body: (ClientCall) async throws -> Result
  ) async throws -> Result {
    let executor = call.executor
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

  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) throws(RPCError) -> ClientCall {
    guard let config = methodConfigs[method] else { return try open(method, options, nil) }
    var options = options
    options.apply(config)
    return try open(method, options, config.retryPolicy)
  }

  private func open(
    _ method: MethodDescriptor, _ options: CallOptions, _ retryPolicy: RetryPolicy?
  ) throws(RPCError) -> ClientCall {
    let deadline = try options.earliestDeadline(now: executor.currentInstant)
    let encoding = try requestEncoding(options)
    let call = ClientCall(
      self, method, options, retryPolicy: retryPolicy, deadline: deadline,
      requestEncoding: encoding)
    call.begin()
    return call
  }

  /// The header block of an attempt.
  ///
  /// - Parameter own: the attempt's own metadata, besides the call's.
  func head(
    of call: ClientCall, timeout: Duration?, _ own: Metadata?
  ) -> HeaderFields {
    let common = calls.blocks.requestHead(call.method) {
      RequestBlocks.head(headStart, path: call.method.path, accepted: encodings.accepted)
    }
    var head = RequestBlocks.head(
      common, timeout: timeout, metadata: call.options.metadata,
      encoding: call.requestEncoding, previousAttempts: call.attempts.previous)
    own?.append(to: &head)
    return head
  }

  /// Whether nobody on the way can read the calls.
  var isSecure: Bool { scheme == "https" }

  func credentialsRequest(_ method: MethodDescriptor) -> CredentialsRequest {
    CredentialsRequest(method: method, authority: authority, scheme: scheme)
  }

  private func requestEncoding(_ options: CallOptions) throws(RPCError) -> CallEncoding? {
    guard let name = options.encoding, name != "identity" else { return nil }
    if let encoding = encodings.find(Array(name.utf8)) { return encoding }
    throw RPCError(.internal, "the client has no encoding \(name)")
  }
}

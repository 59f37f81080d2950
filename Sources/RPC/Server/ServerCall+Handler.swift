extension ServerCall {
  /// The body of the handler's task.
  func runInContext(_ operation: RegisteredMethod.Operation) async {
    guard let context = core.taskContext else { return await runHandler(operation) }
    await context.run(storage) { await runHandler(operation) }
  }

  private func runHandler(_ operation: RegisteredMethod.Operation) async {
    let outcome: Result<[UInt8]?, any Error>
    do {
      let reply =
        core.interceptors.isEmpty ? try await operation() : try await intercepted(operation)
      outcome = .success(await encodedElsewhere(reply))
    } catch {
      outcome = .failure(error)
    }
    // The task is back on its executor here; the state's safety does not rest on it alone.
    if executor.isCurrent { return handlerEnded(outcome) }
    await executor.run { self.handlerEnded(outcome) }
  }

  /// The handler runs in a task even if it need not wait: interceptors run around it, and they may
  /// wait, or its request is decoded on another thread.
  @usableFromInline
  var answersInTask: Bool { decodesElsewhere || !core.interceptors.isEmpty }

  /// Answers without a task, if `body` can; false when it returns nil.
  ///
  /// - Parameter body: the handler, which does not wait; its error ends the call.
  @usableFromInline
  func answer(with body: () throws -> [UInt8]?) -> Bool {
    state.handlerStarted()
    do {
      guard let reply = try body(), !isEncodedElsewhere(reply) else { return false }
      handlerEnded(.success(reply))
    } catch {
      handlerEnded(.failure(error))
    }
    leave()
    return true
  }

  private func handlerEnded(_ outcome: Result<[UInt8]?, any Error>) {
    do {
      let reply = try outcome.get()
      if sinkOwner != nil { return handlerLeft() }
      try finish(reply)
    } catch let status as RPCError where status.code != .ok {
      sendStatus(status, error: nil)
      tellSinkOwner()
    } catch {
      sendStatus(RPCError(thrownByHandler: error), error: error is RPCError ? nil : error)
      tellSinkOwner()
    }
    handlerEnded()
    stream.handlerEnded()
  }

  private func finish(_ reply: [UInt8]?) throws(RPCError) {
    if let reply {
      try checkSize(reply)
      send(reply)
    }
    sendStatus(nil, error: nil)
  }

  private func intercepted(_ operation: RegisteredMethod.Operation) async throws -> [UInt8]? {
    var outcome = Outcome()
    try await intercept(from: 0, operation, &outcome)
    guard outcome.handlerRan else {
      throw RPCError(.internal, "an interceptor neither ran the handler nor threw")
    }
    return outcome.reply
  }

  private struct Outcome {
    var handlerRan = false
    var reply: [UInt8]?
  }

  private func intercept(
    from index: Int, _ operation: RegisteredMethod.Operation, _ outcome: inout Outcome
  ) async throws {
    guard index < core.interceptors.count else {
      guard !outcome.handlerRan else {
        throw RPCError(.internal, "an interceptor ran the handler twice")
      }
      outcome.handlerRan = true
      outcome.reply = try await operation()
      return
    }
    try await core.interceptors[index].intercept(ServerContext(self)) {
      try await intercept(from: index + 1, operation, &outcome)
    }
  }
}

extension RPCError {
  /// The status that the client gets for an error of a handler or an interceptor.
  init(thrownByHandler error: any Error) {
    switch error {
    case let error as RPCError where error.code != .ok: self = error
    case let error as any RPCErrorConvertible where error.rpcError.code != .ok:
      self = error.rpcError
    case is CancellationError: self = .cancelled
    // The detail may be a secret; it goes to the observers.
    default: self.init(.unknown, "the call failed on the server")
    }
  }
}

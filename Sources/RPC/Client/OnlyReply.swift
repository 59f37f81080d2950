public import Protobuf

/// The only message of a response that has ended with OK, as its bytes.
@usableFromInline
struct OnlyReply: Sendable {
  @usableFromInline let call: ClientCall
  /// With the frame's prefix.
  @usableFromInline let frame: [UInt8]

  init(of call: ClientCall, _ frame: [UInt8]) {
    self.call = call
    self.frame = frame
  }

  @inlinable
  func decoded<Response: Message>() throws -> Response {
    do {
      let message = unsafe frame.span.bytes.extracting(droppingFirst: 5)
      return try Response(serialized: message, limits: call.decodingLimits)
    } catch {
      throw call.undecodable(error)
    }
  }
}

extension RPCClient {
  @usableFromInline var isWithoutInterceptors: Bool { interceptors.isEmpty }

  /// A call with one message each way, from the frame of the request, without interceptors.
  ///
  /// On the executor it is one step of the task, which waits once: for the end of the call.
  @usableFromInline
  func exchange(
    _ method: MethodDescriptor, _ frame: [UInt8], _ options: CallOptions
  ) async throws -> OnlyReply {
    guard executor.isCurrent else {
      return try await withCall(method, options) { try await Self.exchange(frame, over: $0) }
    }
    let call = try open(method, options)
    guard call.sendsOnlyMessageAtOnce(frame) else {
      return try await run(call) { try await Self.exchange(frame, over: $0) }
    }
    await call.waitForOnlyReply()
    guard call.executor.isCurrent, !call.isOnlyReplyEncoded else {
      return try await run(call) { try await Self.onlyReply(of: $0) }
    }
    defer { call.abandon() }
    return try call.takeOnlyReply()
  }

  @usableFromInline
  static func exchange(
    _ frame: [UInt8], over call: ClientCall
  ) async throws -> OnlyReply {
    try await request(of: call) { try await call.write(frame, isEncoded: true) }
    return try await onlyReply(of: call)
  }

  /// The reply of a method with one reply; any thread.
  @usableFromInline
  static func onlyReply(of call: ClientCall) async throws -> OnlyReply {
    try await call.executor.run {
      await call.waitForOnlyReply()
      return
        call.isOnlyReplyEncoded ? try await call.decodedOnlyReply() : try call.takeOnlyReply()
    }
  }
}

extension ClientCall {
  /// Sends the only message of a request and its end; false, and nothing is sent, where it has to
  /// wait or is refused.
  func sendsOnlyMessageAtOnce(_ frame: [UInt8]) -> Bool {
    do {
      guard try writeAtOnce(frame, true) else { return false }
    } catch {
      return false
    }
    finishWritingConfined()
    return true
  }

  /// Returns when `takeOnlyReply` may be called, at the latest at the end of the call. Cancelling
  /// the task cancels the call.
  ///
  /// It waits once whatever comes: bytes give their window back as they come.
  func waitForOnlyReply() async {
    takesOnlyReply = true
    giveWindowBack()
    guard !hasOnlyReply else { return }
    await withTaskCancellationHandler {
      await unsafe withUnsafeContinuation { unsafe readers.append($0) }
    } onCancel: {
      executor.execute { self.cancel() }
    }
  }

  /// The call has ended, or has more messages than the only one.
  var hasOnlyReply: Bool { state.isOver || deframer.completeMessages > 1 }

  var isOnlyReplyEncoded: Bool { responseEncoding != nil && deframer.isNextEncoded }

  /// The bytes of the reply, if it is in no encoding.
  ///
  /// - Throws: the call's status; UNIMPLEMENTED for another number of messages.
  func takeOnlyReply() throws -> OnlyReply {
    try checkOnlyReply()
    options.onMessage?(false)
    return OnlyReply(of: self, takeFrame())
  }

  /// The same of a reply in the encoding of the response.
  func decodedOnlyReply() async throws -> OnlyReply {
    try checkOnlyReply()
    var message: [UInt8] = []
    switch try pollMessage({ message.append($0) }) {
    case .encoded(let bytes): message = try await decodeElsewhere(bytes)
    case .message, .end, .nothingYet: break
    }
    return OnlyReply(of: self, MessageFrame.frame(message))
  }

  private func checkOnlyReply() throws {
    if deframer.completeMessages > 1 {
      throw RPCError(.unimplemented, "the response has more than one message")
    }
    if case .ended(let status?) = state.response { throw status }
    if deframer.completeMessages == 0 {
      throw RPCError(.unimplemented, "the response has no message")
    }
  }

  private func takeFrame() -> [UInt8] {
    giveWindowBack()
    return deframer.takeAll()
  }

  func giveWindowBack() {
    let credit = deframer.creditAll()
    if credit > 0 { stream?.consumed(credit) }
  }

  /// The status of a reply that cannot be decoded; any thread.
  @usableFromInline
  func undecodable(_ error: any Error) -> RPCError { limits.status(undecodable: error) }
}

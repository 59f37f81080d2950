public import Protobuf

extension ServerCall {
  /// The request of a method that takes one message. The handler starts at the request's end, when
  /// it is known that there is no second message.
  func receivedSingle(
    _ bytes: RawSpan, endStream: Bool,
    _ prepare: (RawSpan, ServerCall) throws -> RegisteredMethod.Operation?
  ) throws(FramingError) {
    if endStream, !isBare, deframer.isEmpty,
      let prefix = try MessageFrame.only(
        in: bytes, limit: deframer.limit, mayBeEncoded: deframer.mayBeEncoded)
    {
      // The common case: all in one read, decoded where it lies.
      stream.consumed(bytes.byteCount)
      let message = bytes.extracting(MessageFrame.prefixSize..<bytes.byteCount)
      return decodeAndRun(message, isEncoded: prefix.isEncoded, prepare)
    }
    try append(bytes, endStream: endStream)
    // The message may be larger than the window, so it opens as the bytes come.
    let credit = deframer.creditAll()
    if endStream {
      stream.consumed(credit)
    } else if !takeIn(credit) {
      return end(with: .tooManyHeldBytes, as: .heldBytes)
    }
    if deframer.completeMessages > 1 { return end(with: .secondRequestMessage, as: .messageCount) }
    guard endStream else { return waitForRestOfMessage() }
    messageIsComplete()
    if deframer.hasPartialMessage { throw .truncated }
    if deframer.completeMessages == 0 { return end(with: .noRequestMessage, as: .messageCount) }
    takeAndRun(prepare)
  }

  private func append(_ bytes: RawSpan, endStream: Bool) throws(FramingError) {
    guard isBare else { return try deframer.append(bytes) }
    try deframer.append(bare: bytes)
    if endStream { deframer.endBare(isEncoded: requestEncoding != nil) }
  }

  private func takeAndRun(
    _ prepare: (RawSpan, ServerCall) throws -> RegisteredMethod.Operation?
  ) {
    guard isReadmitted(), enter() else { return }
    messagesReceived = 1
    // Taken out, because a handler that answers at once ends the call before it returns.
    var taken = MessageDeframer(limit: deframer.limit, mayBeEncoded: deframer.mayBeEncoded)
    swap(&taken, &deframer)
    letGo()
    var operation: RegisteredMethod.Operation?
    do {
      var large: [UInt8]?
      _ = try taken.takeMessage { bytes, isEncoded in
        large = try withMessage(bytes, isEncoded) { operation = try prepare($0, self) }
      }
      if let large { operation = self.operation(decoding: large) }
    } catch {
      return leave(undecodable: error)
    }
    if let operation { run(operation) }
  }

  private func decodeAndRun(
    _ message: RawSpan, isEncoded: Bool,
    _ prepare: (RawSpan, ServerCall) throws -> RegisteredMethod.Operation?
  ) {
    guard isReadmitted(), enter() else { return }
    messagesReceived = 1
    do {
      var operation: RegisteredMethod.Operation?
      let large = try withMessage(message, isEncoded) { operation = try prepare($0, self) }
      if let large { operation = self.operation(decoding: large) }
      if let operation { run(operation) }
    } catch {
      leave(undecodable: error)
    }
  }

  /// The message is whole. A client may take its time with it: whether the call may go on is asked
  /// again then. False when the call has ended.
  private func isReadmitted() -> Bool {
    guard !storage.isEmpty, let readmits = core.readmits, !method.isEssential,
      executor.currentInstant - admittedAt >= .seconds(1)
    else { return true }
    do {
      try readmits(method.descriptor, storage, executor)
      return true
    } catch {
      end(with: error, as: .notAdmitted)
      return false
    }
  }

  private func leave(undecodable error: any Error) {
    leave()
    end(undecodable: error)
  }

  func receivedStream(_ bytes: RawSpan, endStream: Bool) throws(FramingError) {
    try append(bytes, endStream: endStream)
    if endStream, deframer.hasPartialMessage { throw .truncated }
    if deframer.completeMessages > 0 || endStream { messageIsComplete() }
    readers.resumeAll()
  }

  /// Takes the next message of the request if it is there.
  ///
  /// - Throws: INTERNAL when `decode` throws, and the status of a call that has ended.
  @usableFromInline
  func pollMessage(_ decode: (RawSpan) throws -> Void) throws -> MessagePoll {
    if let endError { throw endError }
    if Task.isCancelled { throw CancellationError() }
    if deframer.completeMessages > 0 {
      var large: [UInt8]?
      do {
        let credit = try deframer.takeMessage { large = try withMessage($0, $1, decode) }
        messagesReceived += 1
        letGo()
        if credit > 0 { stream.consumed(credit) }
      } catch {
        throw end(undecodable: error)
      }
      return large.map { .encoded($0) } ?? .message
    }
    if state.requestEnded || state.isOver { return .end }
    guard takeIn(deframer.creditAll()) else {
      end(with: .tooManyHeldBytes, as: .heldBytes)
      throw RPCError.tooManyHeldBytes
    }
    // From here on the window is open: it is the client's time that passes.
    if deframer.hasPartialMessage { waitForRestOfMessage() }
    return .nothingYet
  }

  /// Returns when `pollMessage` may find something else, or the task is cancelled.
  @usableFromInline
  func waitForMessage() async {
    await withTaskCancellationHandler {
      await unsafe withUnsafeContinuation { unsafe readers.append($0) }
    } onCancel: {
      executor.execute { self.readers.resumeAll() }
    }
  }
}

extension ServerCall {
  /// A malformed message is the client's fault: the status describes it, and no error of the
  /// server's is reported.
  @discardableResult
  func end(undecodable error: any Error) -> RPCError {
    let isClients =
      error is DecodingError || error is MessageEncodingError || error is JSONDecodingError
    var status = limits.status(undecodable: error)
    // In Connect it is the HTTP status too, and a fault of the client's is none of 500 and above.
    if isClients, webProtocol == .connect, status.code == .internal {
      status.code = .invalidArgument
    }
    end(
      with: status, error: isClients ? nil : error,
      as: status.code == .resourceExhausted ? .messageTooLarge : .undecodableMessage)
    return status
  }

  /// The bounds of its messages, for the words of errors.
  var limits: MessageLimits {
    let limits = core.limits
    return MessageLimits(
      ofServer: limits.maxReceiveMessageBytes, send: limits.maxSendMessageBytes,
      decoding: decodingLimits, encodingField: encodingField)
  }

  /// The field that named the encoding of the request's messages.
  private var encodingField: String {
    guard webProtocol == .connect else { return "grpc-encoding" }
    return isBare ? "content-encoding" : "connect-content-encoding"
  }

  /// Of the messages of the request.
  @usableFromInline
  var decodingLimits: DecodingLimits { method.decodingLimits }
}

extension ServerCall: Intake {
  func takeIn(_ credit: Int) -> Bool { takeIn(credit, holding: deframer.creditedBytes) }
  func letGo() { letGo(holding: deframer.creditedBytes) }
}

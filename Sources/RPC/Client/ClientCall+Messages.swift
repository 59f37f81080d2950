extension ClientCall {
  /// Sends a message, whose frame is complete, once the stream's queue has room.
  @usableFromInline
  func write(_ frame: [UInt8], isEncoded: Bool) async throws {
    if try writeAtOnce(frame, isEncoded) { return }
    try await executor.run { try await self.writeConfined(frame, isEncoded) }
  }

  /// Half-closes: no more messages. Does nothing when the call is over.
  @usableFromInline
  func finishWriting() async {
    if executor.isCurrent { return finishWritingConfined() }
    await executor.run { self.finishWritingConfined() }
  }

  /// Sends the only message of a request and its end, without a step of the task; false where it
  /// has to wait, or to change the thread.
  @usableFromInline
  func writeOnlyAtOnce(_ frame: [UInt8]) throws -> Bool {
    guard try writeAtOnce(frame, true) else { return false }
    finishWritingConfined()
    return true
  }

  func writeAtOnce(_ frame: [UInt8], _ isEncoded: Bool) throws -> Bool {
    guard executor.isCurrent, requestEncoding == nil || !isEncoded, hasRoom, canWrite else {
      return false
    }
    let size = frame.count - MessageFrame.prefixSize
    guard size <= options.maxSendMessageBytes else { throw limits.tooLargeToSend(size) }
    send(frame)
    return true
  }

  private func writeConfined(_ frame: [UInt8], _ isEncoded: Bool) async throws {
    let size = frame.count - MessageFrame.prefixSize
    guard size <= options.maxSendMessageBytes else { throw limits.tooLargeToSend(size) }
    let frame = isEncoded ? await encoded(frame) : frame
    await waitForRoom()
    try checkOpen()
    if Task.isCancelled { throw CancellationError() }
    send(frame)
  }

  private func encoded(_ frame: [UInt8]) async -> [UInt8] {
    guard let requestEncoding else { return frame }
    if frame.count > CallEncoding.largestOnLoop {
      return await requestEncoding.encodeElsewhere(frame)
    }
    return MessageFrame.encoded(frame, as: requestEncoding.encoding)
  }

  /// Returns once a message may be sent, or never can be. Throws nothing: Swift 6.3.1 crashes when
  /// it optimizes a loop with both suspensions and throws.
  private func waitForRoom() async {
    while !hasRoom, canWrite { await waitUntilWritable() }
  }

  private var hasRoom: Bool {
    if let stream { return stream.queuedBytes <= stream.sendHighWatermark }
    // Between two attempts: the message waits with the others.
    return replay.byteCount < ClientCalls.mostReplayBytes
  }

  private var canWrite: Bool {
    if Task.isCancelled || state.requestEnded { return false }
    if case .ended = state.response { return false }
    return true
  }

  private func send(_ frame: [UInt8]) {
    if !attempts.isCommitted { keep(frame) }
    guard let stream else { return }
    tally?.sent(frame)
    stream.send(frame)
  }

  func finishWritingConfined() {
    guard state.takesRequests else { return }
    state.requestFinished()
    stream?.sendEnd()
  }

  private func checkOpen() throws(RPCError) {
    if case .ended(let status) = state.response {
      throw status ?? RPCError(.cancelled, "the server has replied and takes no more messages")
    }
    if state.requestEnded {
      throw RPCError(.internal, "a message was written after the end of the request")
    }
  }

  private func waitUntilWritable() async {
    await withTaskCancellationHandler {
      await unsafe withUnsafeContinuation { unsafe writers.append($0) }
    } onCancel: {
      executor.execute { self.writers.resumeAll() }
    }
  }

  /// Takes the next message of the response if it is there.
  ///
  /// - Throws: the call's status, after the messages that came before it.
  @usableFromInline
  func pollMessage(_ decode: (RawSpan) throws -> Void) throws -> MessagePoll {
    if deframer.completeMessages > 0 {
      var large: [UInt8]?
      do {
        let credit = try deframer.takeMessage { large = try withMessage($0, $1, decode) }
        if credit > 0 { stream?.consumed(credit) }
      } catch {
        throw end(undecodable: error)
      }
      return large.map { .encoded($0) } ?? .message
    }
    if case .ended(let status) = state.response {
      if let status { throw status }
      return .end
    }
    if Task.isCancelled { throw CancellationError() }
    giveWindowBack()
    return .nothingYet
  }

  /// Lends a message to `decode` as it was before the response's encoding.
  ///
  /// - Returns: the message as it came, when it is too large to be decoded on the loop: `decode`
  ///   has not been called.
  private func withMessage(
    _ bytes: RawSpan, _ isEncoded: Bool, _ decode: (RawSpan) throws -> Void
  ) throws -> [UInt8]? {
    options.onMessage?(isEncoded)
    guard isEncoded, let responseEncoding else {
      try decode(bytes)
      return nil
    }
    let limit = options.maxReceiveMessageBytes
    guard let message = try responseEncoding.decodeOnLoop(bytes, limit: limit) else {
      return unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }
    try message.withSpan(0..<message.count, decode)
    return nil
  }

  @usableFromInline
  func decodeElsewhere(_ bytes: [UInt8]) async throws -> [UInt8] {
    guard let responseEncoding else { return bytes }
    do {
      return try await responseEncoding.decodeElsewhere(
        bytes, limit: options.maxReceiveMessageBytes)
    } catch {
      throw end(undecodable: error)
    }
  }

  @usableFromInline
  func takeDecoded(_ message: [UInt8], _ decode: (RawSpan) throws -> Void) throws {
    do {
      try message.withSpan(0..<message.count, decode)
    } catch {
      throw end(undecodable: error)
    }
  }

  /// Ends the call for a message that cannot be decoded.
  private func end(undecodable error: any Error) -> RPCError {
    let status = limits.status(undecodable: error)
    fail(status)
    return status
  }

  /// Returns when the response may have gone on, or the task is cancelled.
  @usableFromInline
  func waitForMessage() async {
    await withTaskCancellationHandler {
      await unsafe withUnsafeContinuation { unsafe readers.append($0) }
    } onCancel: {
      executor.execute { self.readers.resumeAll() }
    }
  }

  /// The metadata of the response's header block, once it is there.
  @concurrent
  func awaitInitialMetadata() async throws -> Metadata {
    try await executor.run {
      while true {
        if let metadata = self.initialMetadata { return metadata }
        if case .ended(let status) = self.state.response {
          // Trailers-Only: one block is both.
          if let status { throw status }
          return Metadata()
        }
        if Task.isCancelled { throw CancellationError() }
        await self.waitForMessage()
      }
    }
  }
}

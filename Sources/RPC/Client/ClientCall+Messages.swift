extension ClientCall {
  /// Sends a message once the stream's queue has room.
  @usableFromInline
  @concurrent
  func write(_ frame: [UInt8]) async throws {
    try await executor.run { try await self.writeConfined(frame) }
  }

  /// Half-closes: no more messages. Does nothing when the call is over.
  @usableFromInline
  @concurrent
  func finishWriting() async {
    await executor.run { self.finishConfined() }
  }

  private func writeConfined(_ frame: [UInt8]) async throws {
    let size = frame.count - MessageFrame.prefixSize
    guard size <= options.maxSendMessageBytes else {
      throw RPCError(
        .resourceExhausted,
        "a message of \(size) bytes is larger than the limit of \(options.maxSendMessageBytes)")
    }
    await waitForRoom()
    try send(frame)
  }

  /// Returns once a message may be sent, or never can be. Throws nothing: Swift 6.3.1 crashes when
  /// it optimizes a loop with both suspensions and throws.
  private func waitForRoom() async {
    while let stream, stream.queuedBytes > stream.sendHighWatermark, canWrite {
      await waitUntilWritable()
    }
  }

  private var canWrite: Bool {
    if Task.isCancelled || state.requestEnded { return false }
    if case .ended = state.response { return false }
    return true
  }

  private func send(_ frame: [UInt8]) throws {
    try checkOpen()
    if Task.isCancelled { throw CancellationError() }
    var frame = frame
    MessageFrame.fillPrefix(of: &frame)
    stream?.send(frame)
  }

  private func finishConfined() {
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
      await withCheckedContinuation { writers.append($0) }
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
      do {
        let credit = try deframer.takeMessage { bytes, _ in try decode(bytes) }
        if credit > 0 { stream?.consumed(credit) }
      } catch {
        fail(.undecodable)
        throw RPCError.undecodable
      }
      return .message
    }
    if case .ended(let status) = state.response {
      if let status { throw status }
      return .end
    }
    if Task.isCancelled { throw CancellationError() }
    let credit = deframer.creditAll()
    if credit > 0 { stream?.consumed(credit) }
    return .nothingYet
  }

  /// Returns when the response may have gone on, or the task is cancelled.
  @usableFromInline
  func waitForMessage() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { readers.append($0) }
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

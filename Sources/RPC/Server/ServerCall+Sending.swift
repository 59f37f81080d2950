import Wire

extension ServerCall {
  /// Sends a message of a response stream, once the stream's queue has room.
  @usableFromInline
  @concurrent
  func write(_ frame: [UInt8]) async throws {
    try await executor.run { try await self.writeConfined(frame) }
  }

  private func writeConfined(_ frame: [UInt8]) async throws {
    try checkSize(frame)
    while true {
      if let endError { throw endError }
      if Task.isCancelled { throw CancellationError() }
      if stream.queuedBytes <= stream.sendHighWatermark { break }
      await waitUntilWritable()
    }
    send(frame)
  }

  private func waitUntilWritable() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { writers.append($0) }
    } onCancel: {
      executor.execute { self.writers.resumeAll() }
    }
  }

  func checkSize(_ frame: [UInt8]) throws(RPCError) {
    let size = frame.count - MessageFrame.prefixSize
    guard size <= core.limits.maxSendMessageBytes else {
      throw RPCError(
        .resourceExhausted,
        "a message of \(size) bytes is larger than the limit of \(core.limits.maxSendMessageBytes)")
    }
  }

  /// Chooses the encoding of all messages; false when the client does not list it, the server does
  /// not have it, or the header block has been sent.
  func encodeResponse(as name: String) -> Bool {
    // A call that an HTTP request makes has no peer that decodes.
    guard observer == nil, state.response == .idle,
      let encoding = core.encodings.find(Array(name.utf8)[...]),
      let accepted = head.value("grpc-accept-encoding"),
      MessageEncodings.lists(accepted, encoding)
    else { return false }
    responseEncoding = encoding
    return true
  }

  /// Sends the header block, if it has not been.
  func sendHeaders() {
    if state.headersWanted() { sendHeaderBlock() }
  }

  private func sendHeaderBlock() {
    var block = ResponseBlocks.headers(initialMetadata)
    if let responseEncoding { block.append("grpc-encoding", responseEncoding.encoding.name) }
    if let accepted = core.encodings.accepted { block.append("grpc-accept-encoding", accepted) }
    stream.sendHeaders(block, endStream: false)
  }

  /// Sends a message, behind the header block if it is the first.
  func send(_ frame: consuming [UInt8]) {
    switch state.messageWritten() {
    case .nothing: return
    case .sendHeadersAndMessage: sendHeaderBlock()
    case .sendMessage: break
    }
    if let responseEncoding { frame = MessageFrame.encoded(frame, as: responseEncoding.encoding) }
    bytesSent += frame.count
    stream.send(frame)
  }

  /// Ends the response; nil is OK. Does nothing when it has ended before.
  ///
  /// - Parameter encoded: the same status with its block.
  func sendStatus(_ status: RPCError?, error: (any Error)?, encoded: EncodedStatus? = nil) {
    let limit = core.limits.maxStatusBytes
    let action = state.statusDecided()
    if action != .nothing { stream.disarmTimer() }
    switch action {
    case .nothing: return
    case .sendTrailers:
      stream.sendTrailers(ResponseBlocks.trailers(status, trailingMetadata, limit: limit))
    case .sendTrailersOnly where initialMetadata != nil:
      sendHeaderBlock()
      stream.sendTrailers(ResponseBlocks.trailers(status, trailingMetadata, limit: limit))
    case .sendTrailersOnly:
      let ready = trailingMetadata == nil ? encoded?.block(limit: limit) : nil
      let block =
        ready ?? ResponseBlocks.trailersOnly(status, trailingMetadata, limit: limit)
      stream.sendHeaders(block, endStream: true)
    }
    report(status, error: error)
  }

  func report(_ status: RPCError?, error: (any Error)?) {
    if let observer { return observer(status, error) }
    core.report(
      CallSummary(
        method: method.descriptor, path: method.descriptor.path, peer: peer,
        code: status?.code ?? .ok, message: status?.message ?? "", error: error, httpMethod: nil,
        httpStatus: nil, duration: executor.currentInstant - started,
        bytesReceived: bytesReceived, bytesSent: bytesSent, storage: storage))
  }
}

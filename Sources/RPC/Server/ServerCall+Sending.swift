import Wire

extension ServerCall {
  /// Sends a message of a response stream, once the stream's queue has room.
  @usableFromInline
  func write(_ frame: [UInt8], isEncoded: Bool) async throws {
    if try writeAtOnce(frame, isEncoded) { return }
    try await executor.run { try await self.writeConfined(frame, isEncoded) }
  }

  /// The same without a step of the task; false where it has to wait, or to change the thread.
  private func writeAtOnce(_ frame: [UInt8], _ isEncoded: Bool) throws -> Bool {
    guard executor.isCurrent, endError == nil, !Task.isCancelled,
      stream.queuedBytes <= stream.sendHighWatermark, !isEncoded || !isEncodedElsewhere(frame)
    else { return false }
    try checkSize(frame)
    send(frame, isEncoded: isEncoded)
    return true
  }

  private func writeConfined(_ frame: [UInt8], _ isEncoded: Bool) async throws {
    try checkSize(frame)
    let frame = isEncoded ? await encodedElsewhere(frame) ?? frame : frame
    while true {
      if let endError { throw endError }
      if Task.isCancelled { throw CancellationError() }
      if stream.queuedBytes <= stream.sendHighWatermark { break }
      await waitUntilWritable()
    }
    send(frame, isEncoded: isEncoded)
  }

  private func waitUntilWritable() async {
    await withTaskCancellationHandler {
      await unsafe withUnsafeContinuation { unsafe writers.append($0) }
    } onCancel: {
      executor.execute { self.writers.resumeAll() }
    }
  }

  func checkSize(_ frame: [UInt8]) throws(RPCError) {
    let size = frame.count - MessageFrame.prefixSize
    guard size <= core.limits.maxSendMessageBytes else { throw limits.tooLargeToSend(size) }
  }

  /// Sends the header block, if it has not been.
  func sendHeaders() {
    guard state.headersWanted() else { return }
    settleEncoding()
    sendHeaderBlock()
  }

  private func sendHeaderBlock() {
    var block = ResponseBlocks.headers(initialMetadata, core.encodings)
    if let responseEncoding { block.append("grpc-encoding", responseEncoding.encoding.name) }
    stream.sendHeaders(block, endStream: false)
  }

  /// Sends a message, behind the header block if it is the first.
  ///
  /// - Parameter isEncoded: whether it may be in the encoding of the response.
  func send(_ frame: consuming [UInt8], isEncoded: Bool = true) {
    switch state.messageWritten() {
    case .nothing: return
    case .sendHeadersAndMessage:
      settleEncoding(before: frame)
      sendHeaderBlock()
    case .sendMessage: break
    }
    if isEncoded, let responseEncoding, isWorthEncoding(frame),
      frame.count <= CallEncoding.largestOnLoop
    {
      frame = MessageFrame.encoded(frame, as: responseEncoding.encoding)
    }
    bytesSent += frame.count
    messagesSent += 1
    stream.send(frame)
  }

  /// Ends the response; nil is OK. Does nothing when it has ended before.
  func sendStatus(_ status: RPCError?, error: (any Error)?) {
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
      let block = ResponseBlocks.trailersOnly(status, trailingMetadata, limit: limit)
      stream.sendHeaders(block, endStream: true)
    }
    report(status, error: error)
  }

  func report(_ status: RPCError?, error: (any Error)?) {
    if let observer { return observer(status, error, storage) }
    core.report(
      CallSummary(
        method: method.descriptor, path: method.descriptor.path, peer: peer,
        webProtocol: webProtocol, code: status?.code ?? .ok, message: status?.message ?? "",
        details: status?.details ?? [], error: error, httpMethod: nil,
        httpStatus: nil, duration: executor.currentInstant - started,
        bytesReceived: bytesReceived, bytesSent: bytesSent,
        messagesReceived: messagesReceived, messagesSent: messagesSent, executor: executor,
        storage: storage))
  }
}

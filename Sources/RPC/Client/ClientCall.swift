public import Wire

/// One call at its client.
///
/// Sendable because every `var` is touched on the thread of `executor` only, as in `ServerCall`.
@usableFromInline
final class ClientCall: MessageSource, @unchecked Sendable {
  @usableFromInline let executor: any CallExecutor
  let options: CallOptions
  let deadline: ContinuousClock.Instant?
  /// In which messages of the response may come.
  private let encodings: MessageEncodings
  /// Of the messages of the request.
  let requestEncoding: CallEncoding?
  /// Of the messages of the response that are marked as encoded.
  private(set) var responseEncoding: CallEncoding?

  var state = ClientCallState()
  var deframer: MessageDeframer
  var readers = Waiters()
  var writers = Waiters()
  private(set) var initialMetadata: Metadata?
  private(set) var trailingMetadata: Metadata?
  /// Nil before the transport has opened it and after it closed.
  var stream: (any TransportStream)?

  init(
    _ executor: any CallExecutor, _ options: CallOptions, deadline: ContinuousClock.Instant?,
    _ encodings: MessageEncodings, requestEncoding: CallEncoding?
  ) {
    self.encodings = encodings
    self.requestEncoding = requestEncoding
    self.executor = executor
    self.options = options
    self.deadline = deadline
    deframer = MessageDeframer(limit: options.maxReceiveMessageBytes)
  }

  func opened(_ stream: any TransportStream) {
    self.stream = stream
    if let deadline { stream.armTimer(after: deadline - executor.currentInstant) }
  }

  func cancel() { fail(.cancelled) }

  /// The caller has its result, or gave up.
  func abandon() {
    if state.abandoned() { stream?.reset(.cancel) }
    _ = decide(.cancelled)
    deframer.drop()
    wake()
  }

  /// Ends the call on this side.
  func fail(_ status: RPCError) {
    guard decide(status) else { return }
    deframer.drop()
    stream?.reset(.cancel)
    wake()
  }

  /// False when the call has its status already.
  private func decide(_ status: RPCError?) -> Bool {
    guard state.statusKnown(status) else { return false }
    stream?.callEnded(isOK: status == nil)
    return true
  }

  /// The peer ended the call.
  private func end(_ status: RPCError?, trailers: HeaderFields) {
    var status = status
    if status == nil, deframer.hasPartialMessage { status = FramingError.truncated.status }
    guard decide(status) else { return }
    let metadata = Metadata(received: trailers)
    trailingMetadata = metadata
    options.onTrailingMetadata?(metadata)
    wake()
  }

  private func wake() {
    readers.resumeAll()
    writers.resumeAll()
  }
}

extension ClientCall: StreamReceiver {
  @usableFromInline
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {
    guard case .awaitingHeaders = state.response else { return }
    let http = ResponseStatus.httpStatus(fields)
    // Interim responses (RFC 9110 section 15.2) mean nothing to gRPC.
    if let http, (100..<200).contains(http) { return }
    if endStream {
      return end(ResponseStatus.parse(trailers: fields, httpStatus: http), trailers: fields)
    }
    if let fault = ResponseStatus.fault(inHeaders: fields, encodings) { return fail(fault) }
    responseEncoding = fields.value("grpc-encoding").flatMap { encodings.find($0) }
    deframer.mayBeEncoded = responseEncoding != nil
    state.headersReceived(httpStatus: http)
    let metadata = Metadata(received: fields)
    initialMetadata = metadata
    options.onInitialMetadata?(metadata)
    readers.resumeAll()
  }

  @usableFromInline
  func received(_ bytes: RawSpan, endStream: Bool) {
    guard !state.isOver else {
      stream?.consumed(bytes.byteCount)
      return
    }
    let before = deframer.completeMessages
    do throws(FramingError) {
      try deframer.append(bytes)
    } catch {
      return fail(error.status)
    }
    stream?.messagesReceived(deframer.completeMessages - before)
    if endStream { return receivedTrailers([:]) }
    readers.resumeAll()
  }

  @usableFromInline
  func receivedTrailers(_ fields: HeaderFields) {
    let status = ResponseStatus.parse(trailers: fields, httpStatus: state.httpStatus)
    end(status, trailers: fields)
  }

  @usableFromInline
  func writable() { writers.resumeAll() }

  @usableFromInline
  func timerFired() { fail(.deadlineExceeded) }

  @usableFromInline
  func closed(_ reason: StreamCloseReason) {
    state.streamClosed()
    let passed = deadline.map { $0 <= executor.currentInstant } ?? false
    fail(ResponseStatus.status(of: reason, deadlinePassed: passed))
    stream = nil
  }
}

public import Protobuf
import Wire

/// One call at its client, over all of its attempts.
///
/// Sendable because every `var` is touched on the thread of `executor` only, as in `ServerCall`, and
/// exempt from exclusivity checks as there.
@usableFromInline
final class ClientCall: MessageSource, @unchecked Sendable {
  @usableFromInline let executor: any CallExecutor
  let client: RPCClient
  let method: MethodDescriptor
  let options: CallOptions
  let retryPolicy: RetryPolicy?
  let deadline: Deadline?
  /// Of the messages of the request.
  let requestEncoding: CallEncoding?
  /// Of the messages of the response that are marked as encoded.
  @safe @exclusivity(unchecked) private(set) var responseEncoding: CallEncoding?

  @safe @exclusivity(unchecked) var state = ClientCallState()
  @safe @exclusivity(unchecked) var attempts = CallAttempts()
  @safe @exclusivity(unchecked) var replay = ReplayBuffer()
  /// How many streams the call had before this one; events of those mean nothing.
  @safe @exclusivity(unchecked) var streamNumber = 0
  /// Gets the credentials of the next attempt.
  @safe @exclusivity(unchecked) var credentialsTask: Task<Void, Never>?
  @safe @exclusivity(unchecked) var deframer: MessageDeframer
  @safe @exclusivity(unchecked) var readers = Waiters()
  /// The one that reads waits for the end of a response of one message.
  @safe @exclusivity(unchecked) var takesOnlyReply = false
  @safe @exclusivity(unchecked) var writers = Waiters()
  @safe @exclusivity(unchecked) private(set) var initialMetadata: Metadata?
  @safe @exclusivity(unchecked) private(set) var trailingMetadata: Metadata?
  /// Nil before the transport has opened it, after it closed, and between two attempts.
  @safe @exclusivity(unchecked) var stream: (any TransportStream)?

  /// Of the current attempt; nil where nobody watches.
  @safe @exclusivity(unchecked) var onAttemptEnd: (@Sendable (RPCError?) -> Void)?
  /// Nil where nobody observes.
  @safe @exclusivity(unchecked) var tally: ClientCallTally?

  init(
    _ client: RPCClient, _ method: MethodDescriptor, _ options: CallOptions,
    retryPolicy: RetryPolicy?, deadline: Deadline?, requestEncoding: CallEncoding?
  ) {
    self.client = client
    self.method = method
    self.options = options
    self.retryPolicy = retryPolicy
    self.deadline = deadline
    self.requestEncoding = requestEncoding
    executor = client.executor
    deframer = MessageDeframer(limit: options.maxReceiveMessageBytes)
    if let observer = client.observer { tally = ClientCallTally(observer, method, executor) }
  }

  /// Of the messages of the response.
  @usableFromInline
  var decodingLimits: DecodingLimits {
    options.decodingLimits ?? method.decodingLimits
      ?? .proportional(to: options.maxReceiveMessageBytes, factor: 32)
  }

  /// The bounds of its messages, for the words of errors.
  var limits: MessageLimits {
    MessageLimits(
      ofClient: options.maxReceiveMessageBytes, send: options.maxSendMessageBytes,
      decoding: decodingLimits,
      config: client.methodConfigs[method])
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
    let isOK = if case .none = status { true } else { false }
    stream?.callEnded(isOK: isOK)
    attemptEnded(status)
    tally?.callEnded(status?.code ?? .ok, at: executor.currentInstant)
    if !attempts.isCommitted { commit() }
    if isOK { client.calls.throttle?.succeeded() }
    if let credentialsTask {
      credentialsTask.cancel()
      self.credentialsTask = nil
    }
    return true
  }

  /// The peer ended the call.
  private func end(_ status: RPCError?, trailers: HeaderFields) {
    if case .none = status, deframer.hasPartialMessage {
      return end(.truncated, trailers: trailers)
    }
    if let status, triesAgain(after: status) { return }
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

/// The events of the current attempt's stream.
extension ClientCall {
  func headersCame(_ fields: HeaderFields, endStream: Bool) {
    guard case .awaitingHeaders = state.response else { return }
    if !endStream, let known = client.calls.blocks.knownHead(fields) {
      return began(with: known, fields)
    }
    let http = ResponseStatus.httpStatus(fields)
    // Interim responses (RFC 9110 section 15.2) mean nothing to gRPC.
    if let http, (100..<200).contains(http) { return }
    if endStream {
      return end(ResponseStatus.parse(trailers: fields, httpStatus: http), trailers: fields)
    }
    do throws(RPCError) {
      began(
        with: try client.calls.blocks.head(fields, httpStatus: http, client.encodings), fields)
    } catch {
      // As for Trailers-Only: no response of gRPC's has begun.
      if !triesAgain(after: error) { fail(error) }
    }
  }

  private func began(with head: ResponseHead, _ fields: HeaderFields) {
    if !attempts.isCommitted { commit() }
    responseEncoding = head.encoding
    deframer.mayBeEncoded = responseEncoding != nil
    state.headersReceived(httpStatus: head.httpStatus)
    let metadata = Metadata(received: fields)
    initialMetadata = metadata
    options.onInitialMetadata?(metadata)
    if !takesOnlyReply { readers.resumeAll() }
  }

  func bytesCame(_ bytes: RawSpan, endStream: Bool) {
    guard !state.isOver else {
      stream?.consumed(bytes.byteCount)
      return
    }
    let before = deframer.completeMessages
    do throws(FramingError) {
      try deframer.append(bytes)
    } catch {
      return fail(limits.status(of: error))
    }
    stream?.messagesReceived(deframer.completeMessages - before)
    tally?.received(bytes.byteCount, messages: deframer.completeMessages - before)
    if endStream { return trailersCame([:]) }
    if takesOnlyReply, !hasOnlyReply { return giveWindowBack() }
    readers.resumeAll()
  }

  func trailersCame(_ fields: HeaderFields) {
    let status = client.calls.blocks.status(trailers: fields, httpStatus: state.httpStatus)
    end(status, trailers: fields)
  }

  func streamClosed(_ reason: StreamCloseReason) {
    state.streamClosed()
    guard !state.isOver else {
      stream = nil
      return
    }
    let passed = deadline.map { $0.timeLeft(at: executor.currentInstant) <= .zero } ?? false
    let status = ResponseStatus.status(of: reason, deadlinePassed: passed)
    if triesAgain(after: status, isUnprocessed: reason.isUnprocessed) { return }
    fail(status)
    stream = nil
  }
}

extension StreamCloseReason {
  /// The server has not looked at the call: its GOAWAY or REFUSED_STREAM says so (RFC 9113 section
  /// 8.7).
  fileprivate var isUnprocessed: Bool { self == .unprocessed || self == .resetByPeer(code: 7) }
}

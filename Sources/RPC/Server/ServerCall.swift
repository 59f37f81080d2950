public import Wire

/// One call on a server, from its stream's start to its handler's end.
///
/// Sendable because every stored `var` is touched on the thread of `executor` only: the transport
/// calls there, the handler's task prefers that executor, and every entry from elsewhere goes
/// through `CallExecutor.run`. For the same reason most of them are exempt from dynamic exclusivity
/// checks, which are a twentieth of a call's cost: no access to one of them runs other code.
@usableFromInline
final class ServerCall: MessageSource, @unchecked Sendable {
  let core: ServerCore
  let stream: any TransportStream
  @usableFromInline let executor: any CallExecutor
  let peer: String
  let account: CallAccount?
  /// The protocol it came in; nil is gRPC.
  let webProtocol: WebProtocol?
  /// Its messages are JSON, and not binary.
  @usableFromInline let isJSON: Bool
  /// Its request is one message without a frame.
  let isBare: Bool
  /// Nothing when the call goes on without its handler.
  @safe @exclusivity(unchecked) var head: HeaderFields
  let method: RegisteredMethod
  let started: ContinuousClock.Instant
  /// When its request was admitted.
  let admittedAt: ContinuousClock.Instant
  let deadline: ContinuousClock.Instant?
  /// When the right to make it ends; nil for never.
  private let rightEnds: CallEnd?
  /// Of the messages that are marked as encoded.
  let requestEncoding: CallEncoding?
  /// Called at the end in place of the server's observers, for a call that an HTTP request makes.
  let observer: Observer?

  /// Gets the status, nil for OK, the error that the handler threw if that was not the status, and
  /// the call's values.
  typealias Observer = @Sendable (RPCError?, (any Error)?, CallStorage) -> Void

  /// Written by admission and observers before the handler, and by interceptors around it.
  @safe @exclusivity(unchecked) var storage: CallStorage
  /// Of the messages of the response; chosen before the first.
  @safe @exclusivity(unchecked) var responseEncoding: CallEncoding?
  @safe @exclusivity(unchecked) var encodingIsSettled = false
  /// Messages with fewer bytes are sent as they are.
  @safe @exclusivity(unchecked) var minimumEncodedBytes = 1
  /// Whether the message that was taken last came encoded.
  @safe @exclusivity(unchecked) var lastRequestWasEncoded = false
  /// The request is decoded in the handler's task.
  @safe @exclusivity(unchecked) var decodesElsewhere = false

  @safe @exclusivity(unchecked) var state = ServerCallState()
  @safe @exclusivity(unchecked) var deframer: MessageDeframer
  /// The status of a call that ended before its handler did; a handler that still runs is thrown
  /// it.
  @safe @exclusivity(unchecked) var endError: RPCError?
  @safe @exclusivity(unchecked) var initialMetadata: Metadata?
  @safe @exclusivity(unchecked) var trailingMetadata: Metadata?
  @safe @exclusivity(unchecked) var readers = Waiters()
  @safe @exclusivity(unchecked) var writers = Waiters()
  /// This call's part of `core.heldBytes`.
  @safe @exclusivity(unchecked) var heldBytes = 0
  /// Its stream's window is shut until other calls hold less.
  @safe @exclusivity(unchecked) var waitsForIntake = false
  @safe @exclusivity(unchecked) var bytesReceived = 0
  @safe @exclusivity(unchecked) var bytesSent = 0
  @safe @exclusivity(unchecked) var messagesReceived = 0
  @safe @exclusivity(unchecked) var messagesSent = 0
  /// Set while the call goes on, or is to go on, without its handler.
  @safe @exclusivity(unchecked) var sinkOwner: (any ResponseSinkOwner)?
  /// The timer is that of the message, and comes before that of the deadline.
  @safe @exclusivity(unchecked) private var isMessageTimed = false
  /// The handler's task, while it runs.
  @safe @exclusivity(unchecked) private var task: Task<Void, Never>?

  /// It is part of a request that has its place among the handlers that run already.
  private let isWithinRequest: Bool

  init(
    _ core: ServerCore, _ stream: any TransportStream, _ head: HeaderFields,
    _ method: RegisteredMethod, started: ContinuousClock.Instant,
    timeout: RequestHead.TimeoutField, requestEncoding: CallEncoding? = nil,
    storage: CallStorage = CallStorage(), form: CallForm = CallForm(),
    isWithinRequest: Bool = false, admittedAt: ContinuousClock.Instant? = nil,
    observer: Observer? = nil
  ) {
    self.isWithinRequest = isWithinRequest
    webProtocol = form.webProtocol
    isJSON = form.isJSON
    isBare = form.isBare
    self.storage = storage
    self.requestEncoding = requestEncoding
    self.observer = observer
    self.core = core
    self.stream = stream
    self.head = head
    self.method = method
    self.started = started
    self.admittedAt = admittedAt ?? started
    executor = stream.executor
    peer = stream.peer
    account = stream.account
    deframer = MessageDeframer(
      limit: core.limits.maxReceiveMessageBytes, mayBeEncoded: requestEncoding != nil)
    if case .after(let timeout) = timeout { deadline = started + timeout } else { deadline = nil }
    rightEnds = storage[CallEnd.self]
  }

  func start(endStream: Bool) {
    if let end { stream.armTimer(after: end - started) }
    if endStream { state.endStreamReceived() }
    switch method.body {
    case .single: if endStream { end(with: .noRequestMessage, as: .messageCount) }
    case .stream(let makeOperation): if enter() { run(makeOperation(self)) }
    }
  }

  /// When it ends at the latest: by its deadline, or with the right to make it.
  private var end: ContinuousClock.Instant? {
    guard let rightEnds else { return deadline }
    return deadline.map { min($0, rightEnds.instant) } ?? rightEnds.instant
  }

  /// The status of a call whose time is over.
  private var timeIsOver: RPCError {
    guard let rightEnds, deadline.map({ rightEnds.instant <= $0 }) ?? true else {
      return .deadlineExceeded
    }
    return rightEnds.status
  }

  /// A message has begun and not ended: it may not take for ever, deadline or none.
  func waitForRestOfMessage() {
    guard !isMessageTimed else { return }
    let now = executor.currentInstant
    let timeout = core.limits.requestMessageTimeout
    if let end, end - now <= timeout { return }
    isMessageTimed = true
    stream.armTimer(after: timeout)
  }

  /// The message that was waited for is there.
  func messageIsComplete() {
    guard isMessageTimed else { return }
    isMessageTimed = false
    stream.disarmTimer()
    if let end { stream.armTimer(after: end - executor.currentInstant) }
  }

  /// Takes one of the places of handlers that run; false when the call has ended because there is
  /// none.
  func enter() -> Bool {
    if isWithinRequest
      || core.inFlight.enter(core.limits.handlers, account, isEssential: method.isEssential)
    {
      return true
    }
    end(with: core.overloaded(.handlerLimit, on: executor))
    return false
  }

  func leave() { if !isWithinRequest { core.inFlight.leave(account) } }

  /// Runs the handler in a task on this executor, in place until it first waits; after `enter`.
  func run(_ operation: @escaping RegisteredMethod.Operation) {
    state.handlerStarted()
    let task = Task.immediate(executorPreference: executor) {
      if let deadline = self.deadline {
        await ServedDeadline.$current.withValue(Deadline(deadline)) {
          await self.runInContext(operation)
        }
      } else {
        await self.runInContext(operation)
      }
      if self.executor.isCurrent { return self.leave() }
      await self.executor.run { self.leave() }
    }
    if state.handler == .ended { return }
    self.task = task
    if state.handlerIsOrphaned { task.cancel() }
  }

  func handlerEnded() {
    state.handlerReturned()
    task = nil
    deframer.drop()
    letGo()
  }

  /// Ends the call before its handler does, if there is one; that is cancelled.
  ///
  /// - Parameter refusal: what the request is refused for, to be counted.
  func end(with status: RPCError, error: (any Error)? = nil, as refusal: RefusalClass) {
    core.refusals.add(refusal)
    end(with: status, error: error)
  }

  func end(with status: RPCError, error: (any Error)? = nil) {
    endError = endError ?? status
    sendStatus(status, error: error)
    abandonHandler()
  }

  private func abandonHandler() {
    let credit = deframer.drop()
    letGo()
    if credit > 0 { stream.consumed(credit) }
    task?.cancel()
    readers.resumeAll()
    writers.resumeAll()
    tellSinkOwner()
  }
}

extension ServerCall: StreamReceiver {
  @usableFromInline
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}

  @usableFromInline
  func received(_ bytes: RawSpan, endStream: Bool) {
    guard state.wantsRequest else {
      if bytes.byteCount > 0 { stream.consumed(bytes.byteCount) }
      return
    }
    if endStream { state.endStreamReceived() }
    bytesReceived += bytes.byteCount
    do throws(FramingError) {
      switch method.body {
      case .single(let prepare): try receivedSingle(bytes, endStream: endStream, prepare)
      case .stream: try receivedStream(bytes, endStream: endStream)
      }
    } catch {
      end(with: limits.status(of: error), as: error.refusal)
    }
  }

  /// A request's trailers have no meaning in gRPC; they end it.
  @usableFromInline
  func receivedTrailers(_ fields: HeaderFields) {
    let nothing: [UInt8] = []
    nothing.withSpan(0..<0) { received($0, endStream: true) }
  }

  @usableFromInline
  func writable() { writers.resumeAll() }

  @usableFromInline
  func timerFired() {
    guard !state.isOver else { return }
    // A client that the server has made to wait did not take too long.
    guard isMessageTimed else { return end(with: timeIsOver) }
    if waitsForIntake { return end(with: .tooManyHeldBytes, as: .heldBytes) }
    end(with: .slowRequestMessage, as: .slowMessage)
  }

  @usableFromInline
  func closed(_ reason: StreamCloseReason) {
    guard state.streamClosed() else { return abandonHandler() }
    endError = endError ?? .cancelled
    report(.cancelled, error: nil)
    abandonHandler()
  }
}

extension RPCError {
  static let noRequestMessage = RPCError(.unimplemented, "the request has no message")
  static let slowRequestMessage = RPCError(
    .deadlineExceeded, "the request's message took too long to arrive")
  static let tooManyHeldBytes = RPCError(
    .resourceExhausted, "the server holds too many bytes of unfinished requests")
  static let secondRequestMessage = RPCError(
    .unimplemented, "the request has more than one message")
}

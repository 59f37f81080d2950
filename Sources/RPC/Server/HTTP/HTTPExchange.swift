import Wire

/// One request that is not gRPC, and its answer.
///
/// Sendable because every `var` is confined to the stream's executor, as in `ServerCall`.
final class HTTPExchange: @unchecked Sendable {
  let core: ServerCore
  let stream: any TransportStream
  let account: CallAccount?
  let head: HeaderFields
  private let handler: any HTTPHandler
  let started: ContinuousClock.Instant
  let storage: CallStorage
  private var body: [UInt8] = []
  /// This request's part of `core.heldBytes`, until its handler has returned.
  var heldBytes = 0
  var waitsForIntake = false
  private var isOver = false
  /// The handler has the request.
  private var isRunning = false
  private var task: Task<Void, Never>?
  /// The call that the handler made last.
  var called: CallOutcome?

  init(
    _ core: ServerCore, _ handler: any HTTPHandler, _ stream: any TransportStream,
    _ head: HeaderFields, started: ContinuousClock.Instant, storage: CallStorage
  ) {
    self.storage = storage
    self.core = core
    self.handler = handler
    self.stream = stream
    account = stream.account
    self.head = head
    self.started = started
  }

  func start(endStream: Bool) {
    if endStream { return run() }
    // A client that says so before it sends need not send.
    if announcedBytes > core.limits.maxHTTPBodyBytes {
      return refuse(
        .bodyTooLarge(limit: core.limits.maxHTTPBodyBytes), as: .messageTooLarge)
    }
    if stream.asksForBody || head.asksForBody {
      if let response = handler.answer(withoutBodyOf: request) { return answer(response) }
      stream.allowBody(askedBy: head)
    }
    stream.armTimer(after: core.limits.requestMessageTimeout)
  }

  private var request: HTTPRequest {
    HTTPRequest(
      method: text(":method"), path: text(":path"), headers: head, body: body, peer: stream.peer,
      caller: self)
  }

  /// The length that the request says it has; 0 when it says none.
  private var announcedBytes: Int {
    head.value("content-length").flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
  }

  private func run() {
    guard !isOver, !isRunning else { return }
    stream.disarmTimer()
    account?.left(self)
    guard core.inFlight.enter(core.limits.handlers, account, isEssential: false) else {
      return refuse(.overloaded, as: .handlerLimit)
    }
    isRunning = true
    let request = request
    body = []
    let task = Task.immediate(executorPreference: stream.executor) {
      let response = await self.handler.respond(to: request)
      // The task is back on its executor here; the state's safety does not rest on it alone.
      await self.stream.executor.run {
        self.handlerEnded(response)
        self.core.inFlight.leave(self.account)
      }
    }
    if isRunning { self.task = task }
  }

  private func handlerEnded(_ response: HTTPResponse) {
    isRunning = false
    task = nil
    releaseBody()
    answer(response)
    stream.handlerEnded()
  }

  private func refuse(_ refusal: HTTPRefusal, as reason: RefusalClass) {
    releaseBody()
    let response = handler.response(to: refusal)
    guard refusal == .overloaded else {
      core.refusals.add(reason)
      return answer(response)
    }
    answer(response.retriedLater(core.overloaded(reason, on: stream.executor)))
  }

  private func releaseBody() {
    body = []
    letGo(holding: 0)
  }

  private func answer(_ response: HTTPResponse) {
    guard !isOver else { return }
    isOver = true
    stream.disarmTimer()
    response.send(to: stream)
    report(status: response.status, bytesSent: response.body.count)
  }

  private var bytesReceived = 0

  private func report(status: Int?, bytesSent: Int) {
    let code = status.map { HTTPStatus.code(for: $0) } ?? .cancelled
    core.report(
      CallSummary(
        method: called?.method, path: text(":path"), peer: stream.peer, webProtocol: nil,
        code: called.map { $0.status?.code ?? .ok } ?? code,
        message: called?.status?.message ?? "", details: called?.status?.details ?? [],
        error: called?.error, httpMethod: text(":method"),
        httpStatus: status, duration: stream.executor.currentInstant - started,
        bytesReceived: bytesReceived, bytesSent: bytesSent, messagesReceived: 0,
        messagesSent: 0, executor: stream.executor, storage: called?.storage ?? storage))
  }

  private func text(_ name: StaticString) -> String {
    String(decoding: head.value(name) ?? [], as: UTF8.self)
  }
}

extension HTTPExchange: StreamReceiver, Intake {
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}

  func received(_ bytes: RawSpan, endStream: Bool) {
    guard !isOver, !isRunning else { return stream.consumed(bytes.byteCount) }
    bytesReceived += bytes.byteCount
    guard bytesReceived <= core.limits.maxHTTPBodyBytes else {
      stream.consumed(bytes.byteCount)
      return refuse(
        .bodyTooLarge(limit: core.limits.maxHTTPBodyBytes), as: .messageTooLarge)
    }
    body.append(bytes)
    guard takeIn(bytes.byteCount, holding: body.count) else {
      return refuse(.overloaded, as: .heldBytes)
    }
    if endStream { run() }
  }

  func receivedTrailers(_ fields: HeaderFields) { run() }
  func writable() {}

  func timerFired() {
    guard !isOver, !isRunning else { return }
    // A request that was made to wait did not take too long.
    if waitsForIntake { return refuse(.overloaded, as: .heldBytes) }
    refuse(.bodyTooSlow, as: .slowMessage)
  }

  func closed(_ reason: StreamCloseReason) {
    if !isRunning { releaseBody() }
    guard !isOver else { return }
    isOver = true
    report(status: nil, bytesSent: 0)
    task?.cancel()
  }
}

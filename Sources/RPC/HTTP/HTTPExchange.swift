/// One request that is not gRPC, and its answer.
///
/// Sendable because every `var` is confined to the stream's executor, as in `ServerCall`.
final class HTTPExchange: @unchecked Sendable {
  private let core: ServerCore
  private let handler: any HTTPHandler
  private let stream: any TransportStream
  private let head: HeaderFields
  private let started: ContinuousClock.Instant
  private var body: [UInt8] = []
  private var isOver = false
  private var task: Task<Void, Never>?

  init(
    _ core: ServerCore, _ handler: any HTTPHandler, _ stream: any TransportStream,
    _ head: HeaderFields, started: ContinuousClock.Instant
  ) {
    self.core = core
    self.handler = handler
    self.stream = stream
    self.head = head
    self.started = started
  }

  func start(endStream: Bool) {
    if endStream { run() }
  }

  private func run() {
    guard core.inFlight.enter(limit: core.limits.maxHandlersInFlight) else {
      return answer(HTTPResponse(status: 503))
    }
    let request = HTTPRequest(
      method: text(":method"), path: text(":path"), headers: head, body: body, peer: stream.peer)
    body = []
    let task = Task.immediate(executorPreference: stream.executor) {
      self.answer(await self.handler.respond(to: request))
      self.core.inFlight.leave()
    }
    if !isOver { self.task = task }
  }

  private func answer(_ response: HTTPResponse) {
    task = nil
    guard !isOver else { return }
    isOver = true
    let block = ResponseBlocks.http(status: response.status, response.headers)
    stream.sendHeaders(block, endStream: response.body.isEmpty)
    if !response.body.isEmpty {
      stream.send(response.body)
      stream.sendEnd()
    }
    let code = HTTPStatus.code(for: response.status)
    report(status: response.status, code: code, bytesSent: response.body.count)
  }

  private func report(status: Int?, code: StatusCode, bytesSent: Int) {
    core.report(
      CallSummary(
        method: nil, path: text(":path"), peer: stream.peer, code: code, message: "", error: nil,
        httpStatus: status, duration: stream.executor.currentInstant - started,
        bytesReceived: body.count, bytesSent: bytesSent))
  }

  private func text(_ name: StaticString) -> String {
    String(decoding: head.value(name) ?? [], as: UTF8.self)
  }
}

extension HTTPExchange: StreamReceiver {
  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}

  func received(_ bytes: RawSpan, endStream: Bool) {
    stream.consumed(bytes.byteCount)
    guard !isOver else { return }
    guard body.count + bytes.byteCount <= core.limits.maxHTTPBodyBytes else {
      return answer(HTTPResponse(status: 413))
    }
    body.append(bytes)
    if endStream { run() }
  }

  func receivedTrailers(_ fields: HeaderFields) { run() }
  func writable() {}
  func timerFired() {}

  func closed(_ reason: StreamCloseReason) {
    guard !isOver else { return }
    isOver = true
    report(status: nil, code: .cancelled, bytesSent: 0)
    task?.cancel()
  }
}

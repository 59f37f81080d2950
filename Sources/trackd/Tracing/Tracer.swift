import RPC
import Telemetry
import TrackServices

/// Records the calls of the server as spans, and has their work be part of them.
///
/// Whoever calls decides whether a trace is recorded; where nobody has, chance does. Health checks
/// begin no trace.
///
/// Source: gRFC A72.
struct Tracer: CallStartObserver, CallTaskContext {
  let queue: SpanQueue
  /// From 0 to 1: of the calls without a trace of their caller's.
  let ratio: Double

  struct Served: Sendable {
    let context: TraceContext
    let parentID: UInt64?
    let start: Int64
  }

  enum ServedKey: CallStorageKey { typealias Value = Served }

  func callStarted(_ request: RequestHeaders, _ storage: inout CallStorage) {
    let parent = storage[TraceContextKey.self]
    let context: TraceContext
    if let parent {
      guard parent.isSampled else { return }
      context = parent.child
    } else {
      guard ratio > 0, request.method?.service != "grpc.health.v1.Health",
        ratio >= 1 || Double.random(in: 0..<1) < ratio
      else { return }
      context = .root(isSampled: true)
    }
    storage[TraceContextKey.self] = context
    storage[ServedKey.self] = Served(context: context, parentID: parent?.spanID, start: queue.now)
  }

  func run(_ storage: CallStorage, _ body: nonisolated(nonsending) () async -> Void) async {
    guard let served = storage[ServedKey.self] else { return await body() }
    await Trace.$current.withValue(Trace(served.context, queue)) { await body() }
  }

  func callEnded(_ summary: CallSummary) {
    guard let served = summary.storage[ServedKey.self] else { return }
    let name =
      summary.method.map { "Recv.\($0.service).\($0.method)" } ?? "Recv.\(summary.httpMethod ?? "")"
    var span = Span(
      name, .server, served.context, parentID: served.parentID, start: served.start,
      end: max(served.start, queue.now))
    if let method = summary.method {
      span.attributes = [
        ("rpc.system", .text("grpc")), ("rpc.service", .text(method.service)),
        ("rpc.method", .text(method.method)),
      ]
    }
    span.attributes.append(("rpc.grpc.status_code", .integer(Int64(summary.code.rawValue))))
    if let status = summary.httpStatus {
      span.attributes.append(("http.response.status_code", .integer(Int64(status))))
    }
    if let id = summary.storage[RequestIDKey.self] {
      span.attributes.append(("trackd.request_id", .text(id)))
    }
    span.events = events(summary, span)
    if summary.code != .ok { span.failure = summary.message }
    queue.record(span)
  }

  /// Those of messages whose time is known: the only ones of their call.
  private func events(_ summary: CallSummary, _ span: Span) -> [Span.Event] {
    var events: [Span.Event] = []
    if summary.messagesReceived == 1 {
      events.append(message("Inbound message", span.start, summary.bytesReceived - 5))
    }
    if summary.messagesSent == 1 {
      events.append(message("Outbound message", span.end, summary.bytesSent - 5))
    }
    return events
  }

  private func message(_ name: String, _ time: Int64, _ bytes: Int) -> Span.Event {
    Span.Event(
      name, at: time,
      [("sequence-number", .integer(0)), ("message-size", .integer(Int64(max(0, bytes))))])
  }
}

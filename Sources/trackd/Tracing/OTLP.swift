import CollectorMessages
import Telemetry

/// Spans as OpenTelemetry's messages.
enum OTLP {
  static func request(
    _ spans: [Telemetry.Span], version: String
  ) -> ExportTraceServiceRequest {
    var resource = Resource()
    resource.attributes = attributes([
      ("service.name", .text("trackd")), ("service.version", .text(version)),
    ])
    var scope = ScopeSpans()
    scope.spans = spans.map(message)
    var all = ResourceSpans()
    all.resource = resource
    all.scopeSpans = [scope]
    var request = ExportTraceServiceRequest()
    request.resourceSpans = [all]
    return request
  }

  private static func message(_ span: Telemetry.Span) -> CollectorMessages.Span {
    var message = CollectorMessages.Span()
    message.traceId = span.context.traceBytes
    message.spanId = span.context.spanBytes
    if let parent = span.parentID { message.parentSpanId = TraceContext.bytes(parent) }
    message.flags = span.context.isSampled ? 1 : 0
    message.name = span.name
    message.kind =
      switch span.kind {
      case .internal: .internal
      case .server: .server
      case .client: .client
      }
    message.startTimeUnixNano = UInt64(clamping: span.start)
    message.endTimeUnixNano = UInt64(clamping: span.end)
    message.attributes = attributes(span.attributes)
    message.events = span.events.map { event in
      var told = CollectorMessages.Span.Event()
      told.name = event.name
      told.timeUnixNano = UInt64(clamping: event.time)
      told.attributes = attributes(event.attributes)
      return told
    }
    if let failure = span.failure {
      var status = CollectorMessages.Status()
      status.code = .error
      status.message = failure
      message.status = status
    }
    return message
  }

  private static func attributes(_ values: [(String, Telemetry.Span.Value)]) -> [KeyValue] {
    values.map { name, value in
      var attribute = KeyValue()
      attribute.key = name
      var any = AnyValue()
      switch value {
      case .text(let text): any.value = .stringValue(text)
      case .integer(let number): any.value = .intValue(number)
      case .flag(let flag): any.value = .boolValue(flag)
      }
      attribute.value = any
      return attribute
    }
  }
}

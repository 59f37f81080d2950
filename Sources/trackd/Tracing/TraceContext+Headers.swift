import RPC
import Telemetry
import Wire

/// Where a call's trace is kept.
enum TraceContextKey: CallStorageKey { typealias Value = TraceContext }

extension TraceContext {
  /// The trace that a request belongs to, by `traceparent` or `grpc-trace-bin`; nil for none, and
  /// for what cannot be read.
  ///
  /// Source: W3C Trace Context; gRFC A72.
  init?(of request: RequestHeaders) {
    if let text = request.fields.value("traceparent") {
      self.init(traceparent: text)
      return
    }
    guard let text = request.fields.value("grpc-trace-bin"),
      let bytes = Base64.metadata.decode(text.span)
    else { return nil }
    self.init(binary: bytes)
  }
}

import RPC
import Telemetry

/// Has calls to remote services be spans of the trace of their caller, and hands that trace on.
///
/// Source: gRFC A72; W3C Trace Context.
struct TraceInterceptor: ClientInterceptor {
  func intercept(
    _ method: MethodDescriptor, _ options: CallOptions,
    next: nonisolated(nonsending) (CallOptions) async throws -> Void
  ) async throws {
    guard Trace.current != nil else { return try await next(options) }
    try await Trace.span(
      "Sent.\(method.service).\(method.method)", .client,
      attributes: [
        ("rpc.system", .text("grpc")), ("rpc.service", .text(method.service)),
        ("rpc.method", .text(method.method)),
      ]
    ) {
      var options = options
      if let context = Trace.current?.context {
        try options.metadata.add("traceparent", context.traceparent)
      }
      try await next(options)
    }
  }
}

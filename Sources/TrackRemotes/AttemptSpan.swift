import RPC
import Telemetry

/// The spans of a call to a remote service and of its attempts, which hand the trace on.
///
/// Source: gRFC A72; W3C Trace Context.
struct AttemptSpan: Sendable {
  let method: MethodDescriptor

  var callName: String { "Sent.\(method.service).\(method.method)" }

  var attributes: [(String, Span.Value)] {
    [
      ("rpc.system", .text("grpc")), ("rpc.service", .text(method.service)),
      ("rpc.method", .text(method.method)),
    ]
  }

  /// Makes one attempt.
  ///
  /// - Parameter number: from 1.
  func run<Response: Sendable>(
    _ number: Int, _ options: CallOptions,
    _ body: @Sendable (CallOptions) async throws -> Response
  ) async throws -> Response {
    guard Trace.current != nil else { return try await body(options) }
    return try await Trace.span(
      "Attempt.\(method.service).\(method.method)", .client,
      attributes: [
        ("previous-rpc-attempts", .integer(Int64(number - 1))), ("transparent-retry", .flag(false)),
      ]
    ) {
      var options = options
      if let context = Trace.current?.context {
        try options.metadata.add("traceparent", context.traceparent)
        try options.metadata.addBinary("grpc-trace-bin", context.binary)
      }
      return try await body(options)
    }
  }
}

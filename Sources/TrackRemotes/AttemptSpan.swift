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

  /// The options of one try of the remote call, such that each attempt of it, transparent ones too,
  /// is a span if the task is part of a trace.
  ///
  /// - Parameter number: of the try, from 1.
  func traced(_ options: CallOptions, number: Int) -> CallOptions {
    guard let trace = Trace.current else { return options }
    var options = options
    options.onAttempt = { began($0, after: number - 1, in: trace) }
    return options
  }

  /// - Parameter tries: those before, of one attempt that counts each.
  private func began(
    _ attempt: CallAttempt, after tries: Int, in trace: Trace
  ) -> AttemptWatch {
    let context = trace.child
    let start = trace.recorder.now
    return AttemptWatch(metadata: Self.metadata(of: context)) { status in
      var span = Span(
        "Attempt.\(method.service).\(method.method)", .client, context,
        parentID: trace.context.spanID, start: start, end: trace.recorder.now)
      span.attributes = [
        ("previous-rpc-attempts", .integer(Int64(tries + attempt.previous))),
        ("transparent-retry", .flag(attempt.isTransparentRetry)),
      ]
      span.failure = status.map { "\($0)" }
      trace.recorder.record(span)
    }
  }

  private static func metadata(of context: TraceContext) -> Metadata {
    var metadata = Metadata()
    // Neither throws: the names and the alphabets of the values are fixed.
    try? metadata.add("traceparent", context.traceparent)
    try? metadata.addBinary("grpc-trace-bin", context.binary)
    return metadata
  }
}

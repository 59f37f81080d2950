import RPC
import Telemetry
import TrackAccess
import TrackServices

/// One log line per call: method, peer, code, time and sizes.
///
/// Successful health checks are logged at debug only: probes come every few seconds.
struct CallLog: CallStartObserver {
  let logger: Logger
  /// Calls that take longer are logged as warnings; nil: none is slow.
  var slow: Duration?

  func callStarted(_ request: RequestHeaders, _ storage: inout CallStorage) {
    if let trace = TraceContext(of: request) { storage[TraceContextKey.self] = trace }
  }

  func callEnded(_ summary: CallSummary) {
    let isSlow = isSlow(summary)
    logger.log(
      isSlow ? max(.warning, Self.level(of: summary)) : Self.level(of: summary), "call",
      detail: summary.code.description, from: summary.peer
    ) { line in
      if let method = summary.httpMethod { line.string("http_method", method) }
      if let name = summary.webProtocol?.rawValue { line.string("protocol", name) }
      // The path of a method of protobuf's; over plain HTTP the path is the client's.
      if summary.httpMethod == nil, let method = summary.method {
        line.plain("method", method.path)
      } else {
        line.string("method", summary.path)
      }
      line.string("peer", summary.peer)
      if let proved = summary.storage[CallerKey.self] {
        line.string("caller", proved.caller.principal)
      }
      if let status = summary.httpStatus {
        line.integer("http_status", Int64(status))
      }
      if summary.httpStatus == nil || summary.method != nil {
        line.plain("code", summary.code.description)
      }
      line.integer("time_us", summary.duration.wholeMicroseconds)
      if let id = summary.storage[RequestIDKey.self] { line.string("request_id", id) }
      if let trace = summary.storage[TraceContextKey.self] {
        line.string("trace_id", trace.traceID)
      }
      if isSlow { line.plain("slow", "true") }
      line.integer("bytes_in", Int64(summary.bytesReceived))
      line.integer("bytes_out", Int64(summary.bytesSent))
      if !summary.message.isEmpty { line.string("status", summary.message) }
      if let error = summary.error { line.string("error", "\(error)") }
    }
  }

  /// A stream is open for as long as its client likes.
  private func isSlow(_ summary: CallSummary) -> Bool {
    guard let slow, summary.duration >= slow else { return false }
    return summary.method?.kind ?? .unary == .unary
  }

  private static func level(of summary: CallSummary) -> LogLevel {
    switch summary.code {
    case .ok where summary.method?.service == "grpc.health.v1.Health": .debug
    case .unknown where summary.httpStatus == nil, .internal where summary.error != nil, .dataLoss:
      .error
    case .unavailable, .resourceExhausted: .warning
    default: .info
    }
  }
}

extension Duration {
  /// Rounded down; durations of calls are far from the limits of Int64.
  fileprivate var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    return seconds &* 1_000_000 &+ attoseconds / 1_000_000_000_000
  }
}

import Protobuf
package import Wire

extension RPCError {
  /// The status of a call that a server refuses because it has too much to do: RESOURCE_EXHAUSTED,
  /// with `google.rpc.RetryInfo` and, for clients that retry as gRFC A6 says, the trailer
  /// `grpc-retry-pushback-ms`.
  ///
  /// - Parameters:
  ///   - message: what there is too much of.
  ///   - delay: how long the client is asked to wait.
  public static func overloaded(
    _ message: String, retryAfter delay: Duration = .seconds(1)
  ) -> RPCError {
    let milliseconds = Int32(clamping: max(0, Int64(delay / .milliseconds(1))))
    var wait = Duration_()
    wait.seconds = Int64(milliseconds / 1000)
    wait.nanos = milliseconds % 1000 * 1_000_000
    var info = RetryInfo()
    info.retryDelay = wait
    var error = RPCError(.resourceExhausted, message, details: [ErrorDetail(info)])
    error.pushbackMilliseconds = milliseconds
    return error
  }

  /// Whole seconds for `retry-after` (RFC 9110 section 10.2.3); nil when it asks for no delay.
  var retryAfterSeconds: Int32? { pushbackMilliseconds.map { max(1, ($0 + 999) / 1000) } }

  /// The one header block of a response that is this status and nothing else.
  package var trailersOnly: HeaderFields {
    ResponseBlocks.trailersOnly(self, nil, limit: .max)
  }
}

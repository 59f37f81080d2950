import Protobuf
import Wire

/// A server's advice on trying a call again.
public enum RetryAdvice: Sendable, Hashable {
  case none
  /// Not at all.
  case never
  /// Not before so much time has passed; not negative.
  case after(Duration)
}

extension RPCError {
  /// The trailer `grpc-retry-pushback-ms` (gRFC A6, "Pushback"), else `google.rpc.RetryInfo`.
  public var retryAdvice: RetryAdvice {
    // gRPC's own name, which is no metadata to others.
    if let field = metadata.fields.value("grpc-retry-pushback-ms") {
      // Negative, or no number: do not retry.
      let text = String(decoding: field, as: UTF8.self)
      guard let milliseconds = Int32(text), milliseconds >= 0 else { return .never }
      return .after(.milliseconds(milliseconds))
    }
    guard let delay = detail(RetryInfo.self)?.retryDelay else { return .none }
    // A Duration_ has at most 10,000 years; a longer one is not valid.
    guard (0...315_576_000_000).contains(delay.seconds), delay.nanos >= 0 else { return .none }
    return .after(.seconds(delay.seconds) + .nanoseconds(Int64(delay.nanos)))
  }
}

import RPC
import TrackDomain

/// The failure of a call to a remote service.
struct RemoteFailure: Sendable {
  let status: RPCError
  /// Whether the status came from the service itself, not from this client.
  let isAnswer: Bool

  /// Whether another attempt may help. It does no harm, because calls are idempotent.
  var isRetryable: Bool { status.code == .unavailable }

  /// Whether the service seems to be down.
  var isOutage: Bool { status.code == .unavailable || status.code == .deadlineExceeded }

  /// - Parameter service: the name, such as `release management`.
  func error(of service: String) -> IntegrationError {
    isAnswer
      ? IntegrationError(status: status, of: service)
      : IntegrationError(Self.kind(status.code), "\(service) \(conclusion)")
  }

  /// The failure for people, without details that only the server's operator should know.
  private var conclusion: String {
    switch status.code {
    case .unavailable: "cannot be reached"
    case .deadlineExceeded: "did not answer in time"
    case .cancelled: "gave the call up"
    case .resourceExhausted: "gave an answer that is too large"
    case .permissionDenied, .unauthenticated: "does not let trackd in"
    default: "gave an answer that cannot be read"
    }
  }

  /// The kind of a failure on this side, which says nothing about the request.
  private static func kind(_ code: StatusCode) -> IntegrationError.Kind {
    switch code {
    case .permissionDenied, .unauthenticated: .accessDenied
    default: .unavailable
    }
  }
}

extension IntegrationError {
  /// The answer of a service, with its own text as far as people may read it.
  init(status: RPCError, of service: String) {
    let text = RemoteText.readable(status.message)
    self.init(
      Kind(status.code),
      "\(service) answered \(status.code)" + (text.isEmpty ? "" : ": \(text)"))
  }

  /// An answer that breaks the contract: what the service has done is unknown.
  static func senseless(_ service: String, _ what: String) -> IntegrationError {
    IntegrationError(.unavailable, "\(service) gave an answer that makes no sense: \(what)")
  }
}

extension IntegrationError.Kind {
  /// The domain's kind of a service's error.
  init(_ code: StatusCode) {
    switch code {
    case .ok, .cancelled, .unknown, .deadlineExceeded, .resourceExhausted, .aborted, .internal,
      .unavailable:
      self = .unavailable
    case .invalidArgument, .outOfRange: self = .invalid
    case .notFound: self = .notFound
    case .permissionDenied, .unauthenticated: self = .accessDenied
    case .alreadyExists, .failedPrecondition, .unimplemented, .dataLoss: self = .refused
    }
  }
}

import RPC
import TrackDomain

/// What a call of a remote service ended in, when it was no answer.
struct RemoteFailure: Sendable {
  let status: RPCError
  /// Whether the service itself said so, rather than this side having concluded it.
  let isAnswer: Bool

  /// Whether another attempt may help, and do no harm.
  var isRetryable: Bool { status.code == .unavailable }

  /// Whether there seems to be nobody who answers.
  var isOutage: Bool { status.code == .unavailable || status.code == .deadlineExceeded }

  /// - Parameter service: such as `release management`.
  func error(of service: String) -> IntegrationError {
    isAnswer
      ? IntegrationError(status: status, of: service)
      : IntegrationError(Self.kind(status.code), "\(service) \(conclusion)")
  }

  /// What went wrong, without what only the server's operator should know.
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

  /// What only this side has concluded says nothing about the request.
  private static func kind(_ code: StatusCode) -> IntegrationError.Kind {
    switch code {
    case .permissionDenied, .unauthenticated: .accessDenied
    default: .unavailable
    }
  }
}

extension IntegrationError {
  /// What a service answered, with its own text as far as it is fit for people.
  init(status: RPCError, of service: String) {
    let text = RemoteText.readable(status.message)
    self.init(
      Kind(status.code),
      "\(service) answered \(status.code)" + (text.isEmpty ? "" : ": \(text)"))
  }

  /// An answer that breaks the contract. Nobody knows what the service has done.
  static func senseless(_ service: String, _ what: String) -> IntegrationError {
    IntegrationError(.unavailable, "\(service) gave an answer that makes no sense: \(what)")
  }
}

extension IntegrationError.Kind {
  /// What a service said that it cannot do, or does not do.
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

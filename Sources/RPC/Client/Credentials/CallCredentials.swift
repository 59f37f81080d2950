/// Makes the metadata that proves who calls, such as `authorization`, for each attempt of a call.
public protocol CallCredentials: Sendable {
  /// Whether they may be sent in cleartext: anybody on the way could take them. False by default.
  /// Calls over a channel without TLS, Unix sockets too, fail with UNAUTHENTICATED then, and
  /// nothing is sent.
  var allowsInsecureTransport: Bool { get }

  /// Called before each attempt, outside of the client's executor. Cancelled when the call ends.
  ///
  /// - Throws: an `RPCError` is the attempt's status; codes that say something about the call
  ///   itself (gRFC A54) become INTERNAL. Any other error is UNAUTHENTICATED.
  func metadata(for request: CredentialsRequest) async throws -> Metadata
}

extension CallCredentials {
  public var allowsInsecureTransport: Bool { false }
}

/// The call that credentials are for.
public struct CredentialsRequest: Sendable, Hashable {
  public let method: MethodDescriptor
  /// As `:authority` has it: host and port.
  public let authority: String
  /// `https` over TLS.
  public let scheme: String

  /// Names the service as the audience of a token: `https://host:port/pkg.Service`.
  public var audience: String { "\(scheme)://\(authority)/\(method.service)" }
}

extension RPCError {
  static let insecureCredentials = RPCError(
    .unauthenticated, "the call has credentials that are not sent over a channel without TLS")

  /// The status of an attempt whose credentials could not be had.
  init(ofCredentials error: any Error) {
    switch error {
    case let error as RPCError where Self.areTheCallsOwn.contains(error.code):
      self.init(.internal, "the call's credentials failed with \(error)")
    case let error as RPCError: self = error
    case is CancellationError: self = .cancelled
    default: self.init(.unauthenticated, "the call's credentials failed: \(error)")
    }
  }

  /// Codes that a server gives the call itself (gRFC A54).
  private static let areTheCallsOwn: Set<StatusCode> = [
    .ok, .invalidArgument, .notFound, .alreadyExists, .failedPrecondition, .aborted, .outOfRange,
    .dataLoss,
  ]
}

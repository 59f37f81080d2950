import RPC
import TrackAccess

extension RPCError {
  /// The status of a call whose credentials prove nothing. Made once each: strangers' calls are to
  /// cost little.
  static func refused(_ fault: CredentialFault) -> RPCError {
    statuses[fault] ?? RPCError(.unauthenticated)
  }

  /// Of a stream whose credential has come to its end.
  static let credentialEnded = RPCError(
    .unauthenticated, "the credential of the call has expired",
    details: [ErrorDetail(info(.expired))])

  private static let statuses: [CredentialFault: RPCError] = Dictionary(
    uniqueKeysWithValues: CredentialFault.allCases.map { ($0, status(of: $0)) })

  private static func status(of fault: CredentialFault) -> RPCError {
    let code: StatusCode
    var details = [ErrorDetail(info(fault))]
    switch fault {
    case .noKeys:
      code = .unavailable
      details.append(ErrorDetail(RetryInfo(seconds: 5)))
    case .tooManyFailures:
      code = .resourceExhausted
      details.append(ErrorDetail(RetryInfo(seconds: 5)))
    default: code = .unauthenticated
    }
    return RPCError(code, fault.message, details: details).encodedOnce()
  }

  private static func info(_ fault: CredentialFault) -> ErrorInfo {
    var info = ErrorInfo()
    info.reason = fault.rawValue
    info.domain = "trackd"
    return info
  }
}

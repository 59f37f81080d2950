public import RPC
public import TrackAccess

/// The credentials that a server takes, for all its event loops: each has a verifier of its own, so
/// that no call waits for a lock.
public final class AccessGate: Sendable {
  /// Who may act for others, that is, send `trackd-actor` with a credential of its own.
  public typealias ActingRule = @Sendable (Caller, PeerCredentials) -> Bool

  private let verifiers: ExecutorLocal<CallerVerifier>
  private let executors: [any CallExecutor]
  private let allowsStrangers: Bool
  let mayActForOthers: ActingRule

  /// - Parameters:
  ///   - credentials: that count first.
  ///   - executors: every executor that calls may run on.
  ///   - allowsStrangers: whether callers without a credential may call from anywhere
  ///     (`--insecure-no-auth`), and not over loopback alone.
  ///   - mayActForOthers: the default is for the time without a policy: callers of this machine.
  ///   - onUnknownKey: gets the issuer of a token whose key is not known; on any executor.
  public init(
    _ credentials: AccessCredentials = AccessCredentials(), executors: [any CallExecutor] = [],
    allowsStrangers: Bool = false,
    mayActForOthers: @escaping ActingRule = { $1.isLoopback || $1.userID != nil },
    onUnknownKey: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.executors = executors
    self.allowsStrangers = allowsStrangers
    self.mayActForOthers = mayActForOthers
    let count = executors.count
    verifiers = ExecutorLocal {
      let verifier = CallerVerifier(credentials, failures: FailureBudget(sharedBy: count))
      verifier.onUnknownKey = onUnknownKey
      return verifier
    }
  }

  /// From now on these credentials count. Any thread.
  public func use(_ credentials: AccessCredentials) {
    for executor in executors {
      executor.execute { [verifiers] in verifiers.value(on: executor)?.use(credentials) }
    }
  }

  /// The caller that a connection proves by itself.
  ///
  /// - Throws: `missing` when it proves nothing, and a call needs a proof.
  func caller(of peer: PeerCredentials) throws(CredentialFault) -> Caller {
    if let certificate = peer.certificate {
      // One that names nobody is no reason to take its owner for somebody without.
      guard
        let caller = PrincipalText.certificate(
          uris: certificate.uris, dnsNames: certificate.dnsNames, subject: certificate.subject,
          expiresAt: certificate.expiresAt)
      else { throw .missing }
      return caller
    }
    if let user = peer.userID { return PrincipalText.user(user) }
    guard peer.isLoopback || allowsStrangers else { throw .missing }
    return .anonymous
  }

  /// Whether a caller that was let in a while ago still may be. On the executor.
  func check(
    _ proved: ProvedCaller, on executor: any CallExecutor, now: Int64
  ) throws(CredentialFault) {
    guard let verifier = verifiers.value(on: executor) else { throw .noKeys }
    try verifier.check(proved, now: now)
  }

  /// Grows whenever other credentials count on the executor, where it is called.
  func generation(on executor: any CallExecutor) -> Int {
    verifiers.value(on: executor)?.generation ?? 0
  }

  /// The caller that a call's `authorization` names. On the request's executor.
  func caller(
    authorizing field: ArraySlice<UInt8>, _ request: RequestHeaders, now: Int64
  ) throws(CredentialFault) -> ProvedCaller {
    guard let verifier = verifiers.value(on: request.executor) else { throw .noKeys }
    return try verifier.caller(
      authorizing: field, from: request.peerCredentials.host, now: now,
      at: request.executor.currentInstant)
  }
}

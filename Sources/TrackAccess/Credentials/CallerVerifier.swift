import Crypto

/// Finds out who calls by a call's `authorization`, and remembers it. Confined to one thread; each
/// event loop has its own.
///
/// A field that was taken of late is known by its sketch. Else its token is looked up by its digest,
/// first among the tokens of the file, then among those that were verified, then among those that
/// were refused: only a new token costs a verification. A caller's end is looked at each time.
public final class CallerVerifier {
  private var credentials: AccessCredentials
  /// Grows with each `use`: what was found out under another number is void.
  public private(set) var generation = 0
  /// By the whole field: most calls of a connection have that of the call before.
  private var taken = RecentValues<FieldSketch, ProvedCaller>(limit: 2048)
  private var refusedFields = RecentValues<FieldSketch, CredentialFault>(limit: 4096)
  private var verified = RecentValues<TokenDigest, ProvedCaller>(limit: 2048)
  /// Apart from the verified ones: whoever sends many bad tokens cannot push out good ones.
  private var refused = RecentValues<TokenDigest, CredentialFault>(limit: 4096)
  private var failures: FailureBudget
  /// Called for a token that names a key which its issuer's keys do not have, or an issuer without
  /// keys, with the issuer's name. Not to be called back from there.
  public var onUnknownKey: ((String) -> Void)?

  /// - Parameter failures: how many bad signatures a host may send.
  public init(_ credentials: AccessCredentials, failures: FailureBudget = FailureBudget()) {
    self.credentials = credentials
    self.failures = failures
  }

  /// From now on these count, and nothing that was found out with others.
  public func use(_ credentials: AccessCredentials) {
    self.credentials = credentials
    generation += 1
    taken.removeAll()
    refusedFields.removeAll()
    verified.removeAll()
    refused.removeAll()
  }

  /// Refuses a caller who was believed a while ago, when that does not count any more.
  ///
  /// - Parameters:
  ///   - proved: as `caller(bearing:from:now:at:)` found it.
  ///   - now: seconds since 1970.
  public func check(_ proved: ProvedCaller, now: Int64) throws(CredentialFault) {
    if proved.isOver(at: now) { throw .expired }
    guard credentials.stillKnows(proved.proof) else { throw .unknownToken }
  }

  /// The caller that an `authorization` field names; see `caller(bearing:from:now:at:)`.
  public func caller(
    authorizing field: ArraySlice<UInt8>, from host: @autoclosure () -> String, now: Int64,
    at instant: @autoclosure () -> ContinuousClock.Instant
  ) throws(CredentialFault) -> ProvedCaller {
    let sketch = FieldSketch(of: field)
    if let known = taken[sketch] {
      if known.isOver(at: now) { throw .expired }
      return known
    }
    if let fault = refusedFields[sketch] { throw fault }
    do throws(CredentialFault) {
      let token = try BearerToken.read(field)
      let proved = try caller(bearing: token, from: host(), now: now, at: instant())
      taken[sketch] = proved
      return proved
    } catch {
      if error.isLasting { refusedFields[sketch] = error }
      throw error
    }
  }

  /// The caller that a token names.
  ///
  /// - Parameters:
  ///   - token: what stands behind `Bearer`.
  ///   - host: where it comes from; see `FailureBudget`.
  ///   - now: seconds since 1970.
  ///   - instant: for what goes by durations.
  public func caller(
    bearing token: ArraySlice<UInt8>, from host: String, now: Int64,
    at instant: ContinuousClock.Instant
  ) throws(CredentialFault) -> ProvedCaller {
    guard token.count <= JWTText.mostBytes else { throw .malformed }
    let digest = TokenDigest(of: token)
    if let entry = credentials.tokens.find(digest) {
      let proved = ProvedCaller(entry.caller, .token(digest))
      if proved.isOver(at: now) { throw .expired }
      return proved
    }
    if let known = verified[digest] {
      if known.isOver(at: now) { throw .expired }
      return known
    }
    if let fault = refused[digest] { throw fault }
    do throws(CredentialFault) {
      let proved = try verify(token, from: host, now: now, at: instant)
      verified[digest] = proved
      return proved
    } catch {
      if error.isLasting { refused[digest] = error }
      throw error
    }
  }

  private func verify(
    _ token: ArraySlice<UInt8>, from host: String, now: Int64, at instant: ContinuousClock.Instant
  ) throws(CredentialFault) -> ProvedCaller {
    guard token.contains(UInt8(ascii: ".")), !credentials.issuers.isEmpty else {
      throw .unknownToken
    }
    let text = try JWTText(token)
    guard let name = text.claims["iss"]?.text, let issuer = credentials.issuer(name) else {
      throw .unknownIssuer
    }
    // Before the signature, because it costs less; of an expired token nothing else counts.
    try JWTIssuer.checkTime(of: text.claims, now: now)
    guard let keys = issuer.keys else {
      onUnknownKey?(name)
      throw .noKeys
    }
    guard let key = keys.key(text.keyID) else {
      onUnknownKey?(name)
      throw .unknownKey
    }
    guard key.algorithm.rawValue == text.algorithm else { throw .badSignature }
    guard failures.allowsVerification(for: host, at: instant) else { throw .tooManyFailures }
    do throws(CredentialFault) {
      guard key.isValid(text.signature, for: text.signed) else { throw .badSignature }
      return ProvedCaller(try issuer.issuer.caller(text.claims), .issuer(issuer.issuer.name))
    } catch {
      // Whom an issuer signs for is not always who may call: its tokens cost a verification too.
      failures.failed(host, at: instant)
      throw error
    }
  }
}

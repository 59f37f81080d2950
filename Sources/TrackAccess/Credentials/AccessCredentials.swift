/// All credentials that are taken now: the tokens of a file, and the issuers with their keys. A
/// value: a reload makes another one.
public final class AccessCredentials: Sendable {
  public struct Issuer: Sendable {
    public let issuer: JWTIssuer
    /// Nil until they were found for the first time.
    public let keys: KeySet?

    public init(_ issuer: JWTIssuer, keys: KeySet?) {
      self.issuer = issuer
      self.keys = keys
    }
  }

  let tokens: TokenTable
  let issuers: [Issuer]

  public init(tokens: TokenTable = TokenTable(), issuers: [Issuer] = []) {
    self.tokens = tokens
    self.issuers = issuers
  }

  /// Whether the same tokens, issuers and keys count.
  public func isSame(as other: AccessCredentials) -> Bool {
    guard tokens == other.tokens, issuers.count == other.issuers.count else { return false }
    return zip(issuers, other.issuers).allSatisfy { own, other in
      guard own.issuer == other.issuer else { return false }
      guard let keys = own.keys, let others = other.keys else {
        return own.keys == nil && other.keys == nil
      }
      return keys.isSame(as: others)
    }
  }

  func issuer(_ name: String) -> Issuer? {
    issuers.first { $0.issuer.name.hasSameBytes(as: name) }
  }

  /// Whether a caller that was let in may still be, as far as files tell: its token stands in the
  /// file, its issuer in the configuration.
  public func stillKnows(_ proof: CallerProof) -> Bool {
    switch proof {
    case .token(let digest): tokens.find(digest) != nil
    case .issuer(let name): issuer(name) != nil
    case .connection: true
    }
  }
}

/// What a caller was believed for.
public enum CallerProof: Sendable, Hashable {
  /// A token of the file.
  case token(TokenDigest)
  /// A token of this issuer.
  case issuer(String)
  /// Its connection: a certificate, a Unix socket, loopback.
  case connection
}

/// A caller that a credential names, and what it was believed for. Immutable; the calls of one
/// credential share it, and what is found out about it is kept by its identity.
public final class ProvedCaller: Sendable {
  public let caller: Caller
  public let proof: CallerProof

  /// Whether the credential has come to its end, clocks' differences allowed for.
  ///
  /// - Parameter now: seconds since 1970.
  public func isOver(at now: Int64) -> Bool {
    guard let end = caller.expiresAt else { return false }
    switch proof {
    case .token: return end <= now
    case .issuer, .connection: return end + JWTIssuer.skew <= now
    }
  }

  public init(_ caller: Caller, _ proof: CallerProof) {
    self.caller = caller
    self.proof = proof
  }
}

/// Why a credential proves nothing. The raw values are the reasons that clients see; once published,
/// one keeps its spelling and its meaning.
public enum CredentialFault: String, Error, Sendable, Hashable, CaseIterable {
  /// The call has none, and its connection proves nothing either.
  case missing = "CREDENTIALS_MISSING"
  /// No one `Bearer` token, or one that is no token.
  case malformed = "CREDENTIALS_MALFORMED"
  /// No file of tokens has it.
  case unknownToken = "TOKEN_UNKNOWN"
  case expired = "TOKEN_EXPIRED"
  case notYetValid = "TOKEN_NOT_YET_VALID"
  case unknownIssuer = "TOKEN_ISSUER_UNKNOWN"
  /// It is for others.
  case wrongAudience = "TOKEN_AUDIENCE_WRONG"
  /// The issuer has no key of that name.
  case unknownKey = "TOKEN_KEY_UNKNOWN"
  /// The issuer's keys are not known yet.
  case noKeys = "ISSUER_KEYS_UNAVAILABLE"
  /// Not signed by the key that it names, or not with the key's algorithm.
  case badSignature = "TOKEN_SIGNATURE_INVALID"
  /// A claim that is needed is missing, or has another value than is asked for.
  case wrongClaims = "TOKEN_CLAIMS_REFUSED"
  /// The peer has sent too many bad signatures lately.
  case tooManyFailures = "TOO_MANY_BAD_SIGNATURES"

  /// For the client and its developer; names nothing that the client has not sent itself.
  public var message: String {
    switch self {
    case .missing: "the call needs credentials: a bearer token or a client certificate"
    case .malformed: "the authorization is not one 'Bearer' token that can be read"
    case .unknownToken: "the token is not known"
    case .expired: "the token has expired"
    case .notYetValid: "the token is not valid yet"
    case .unknownIssuer: "the token's issuer is not trusted"
    case .wrongAudience: "the token is for another audience"
    case .unknownKey: "the token names no key of its issuer"
    case .noKeys: "the keys of the token's issuer are not known yet"
    case .badSignature: "the token's signature is not valid"
    case .wrongClaims: "the token's claims are not those that are required"
    case .tooManyFailures: "too many tokens of this peer had bad signatures"
    }
  }

  /// Whether a token with this fault has it for as long as keys and configuration stay.
  public var isLasting: Bool {
    switch self {
    case .malformed, .unknownIssuer, .expired, .wrongAudience, .badSignature, .wrongClaims,
      .unknownToken:
      true
    case .missing, .notYetValid, .unknownKey, .noKeys, .tooManyFailures: false
    }
  }
}

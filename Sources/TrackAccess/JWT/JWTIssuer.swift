/// Who signs tokens, and what tokens of it are taken.
public struct JWTIssuer: Sendable, Hashable {
  /// Where the public keys are.
  public enum KeySource: Sendable, Hashable {
    case file(String)
    /// An https URL, and a file with the certificates that its server is checked against; nil for
    /// the system's.
    case url(String, caFile: String?)
  }

  /// The steps from a token's claims to a value: `["realm_access", "roles"]`.
  public typealias ClaimPath = [String]

  /// A claim that has to have one of the values. A claim that is a list has to hold one of them.
  public struct RequiredClaim: Sendable, Hashable {
    public var path: ClaimPath
    public var values: [String]

    public init(_ path: ClaimPath, _ values: [String]) {
      self.path = path
      self.values = values
    }
  }

  /// The claim `iss`, byte for byte; without `#`.
  public var name: String
  /// A token is for one of these at least.
  public var audiences: [String]
  public var keys: KeySource
  public var nameClaim: ClaimPath = ["sub"]
  /// Nil: its callers have no groups.
  public var groupsClaim: ClaimPath?
  public var requiredClaims: [RequiredClaim] = []

  public init(name: String, audiences: [String], keys: KeySource) {
    self.name = name
    self.audiences = audiences
    self.keys = keys
  }
}

/// Who calls, as the credential of the call or of its connection proves it.
public struct Caller: Sendable, Hashable {
  /// Qualified by how it was proved, so that no two methods can name the same caller:
  /// `cert:spiffe://...`, `jwt:<issuer>#<subject>`, `token:<name>`, `uid:<number>`, `anonymous`.
  public var principal: String
  /// What the caller belongs to, qualified as the principal is: `jwt:<issuer>#<group>`.
  public var groups: [String]
  /// When the credential ends, in seconds since 1970; nil when it does not say.
  public var expiresAt: Int64?

  public init(principal: String, groups: [String] = [], expiresAt: Int64? = nil) {
    self.principal = principal
    self.groups = groups
    self.expiresAt = expiresAt
  }

  /// A caller without any credential, over loopback TCP.
  public static let anonymous = Caller(principal: "anonymous")

  public var isAnonymous: Bool { principal == Self.anonymous.principal }
}

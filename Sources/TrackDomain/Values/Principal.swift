/// Who makes a call, from its admission to the history of what it changed.
public struct Principal: Sendable, Hashable {
  /// Empty when the caller named nobody.
  public var name: String
  /// Whether the server authenticated the name, or the caller merely claimed it.
  public var isVerified: Bool
  /// Whom a verified caller says it acts for; empty for itself.
  public var onBehalfOf: String

  public init(name: String, isVerified: Bool, onBehalfOf: String = "") {
    self.name = name
    self.isVerified = isVerified
    self.onBehalfOf = onBehalfOf
  }

  /// What the request ids of this caller are kept under. No claimed name can be that of a verified
  /// caller: it has no control character.
  public var requestScope: String { isVerified ? "\u{1}" + name : name }
}

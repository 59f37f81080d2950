/// Who makes a call, from its admission to the history of what it changed.
public struct Principal: Sendable, Hashable {
  /// Empty when the caller named nobody.
  public var name: String
  /// Whether the server authenticated the name, or the caller merely claimed it.
  public var isVerified: Bool

  public init(name: String, isVerified: Bool) {
    self.name = name
    self.isVerified = isVerified
  }
}

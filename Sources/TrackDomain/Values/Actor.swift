/// Who makes a call.
public struct Actor: Sendable, Hashable {
  /// Empty when nobody said.
  public var name: String
  /// Whether the server authenticated the name, or the caller merely claimed it.
  public var isVerified: Bool

  public init(name: String, isVerified: Bool) {
    self.name = name
    self.isVerified = isVerified
  }
}

/// One container image of a build.
public struct ContainerImage: Sendable, Hashable {
  /// The image's name within its build; may be empty when there is only one.
  public var name: String
  /// The place to pull it from, such as `registry.example/team/app:1.2`.
  public var reference: String
  /// Such as `sha256:` and 64 hexadecimal digits; empty when it is unknown.
  public var digest: String

  public init(name: String = "", reference: String, digest: String = "") {
    self.name = name
    self.reference = reference
    self.digest = digest
  }
}

/// An environment variable that the containers of a track get.
public struct EnvironmentVariable: Sendable, Hashable {
  /// The source of its value.
  public enum Source: Sendable, Hashable {
    /// The text itself.
    case value(String)
    /// A key of a connection.
    case connection(name: String, key: String)
    /// A key of a configuration group.
    case configGroup(name: String, key: String)
    /// A form, filled in for each environment by a variable of the same name that a user sets.
    case form(ConfigForm)
  }

  /// The demands of a form.
  public struct ConfigForm: Sendable, Hashable {
    public var displayName: String
    public var isRequired: Bool
    /// `string`, `number`, `boolean` or `secret`.
    public var type: String

    public init(displayName: String = "", isRequired: Bool = true, type: String = "string") {
      self.displayName = displayName
      self.isRequired = isRequired
      self.type = type
    }
  }

  /// `^[a-zA-Z_][a-zA-Z0-9_]*$`.
  public var name: String
  public var source: Source
  public var origin: EndpointOrigin

  public init(name: String, source: Source, origin: EndpointOrigin = .user) {
    self.name = name
    self.source = source
    self.origin = origin
  }
}

/// An environment variable as a caller gives it, before the rules.
public struct EnvironmentVariableDraft: Sendable, Hashable {
  public var name: String
  /// Nil when the caller gave none.
  public var source: EnvironmentVariable.Source?
  /// Nil for a number that has no meaning here.
  public var origin: EndpointOrigin?

  public init(
    name: String, source: EnvironmentVariable.Source?, origin: EndpointOrigin? = .user
  ) {
    self.name = name
    self.source = source
    self.origin = origin
  }

  /// Adds all fields to `digest`.
  public func combine(into digest: inout Digest) {
    digest.combine(name)
    digest.combine(origin?.rawValue ?? 0)
    switch source {
    case nil: digest.combine(0 as UInt8)
    case .value(let text):
      digest.combine(1 as UInt8)
      digest.combine(text)
    case .connection(let name, let key):
      digest.combine(2 as UInt8)
      digest.combine([name, key])
    case .configGroup(let name, let key):
      digest.combine(3 as UInt8)
      digest.combine([name, key])
    case .form(let form):
      digest.combine(4 as UInt8)
      digest.combine([form.displayName, form.type])
      digest.combine(form.isRequired)
    }
  }
}

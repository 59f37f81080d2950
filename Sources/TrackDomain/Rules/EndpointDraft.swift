/// An endpoint as a caller gives it, before the rules.
public struct EndpointDraft: Sendable, Hashable {
  public var name: String
  public var displayName: String
  /// Nil when the caller named no type, or a number that has no meaning here.
  public var type: EndpointType?
  public var port: Int32
  public var basePath: String
  public var schemaFilePath: String
  /// Nil for a number that has no meaning here.
  public var visibilities: [NetworkVisibility?]
  /// Nil for a number that has no meaning here.
  public var origin: EndpointOrigin?

  public init(
    name: String, displayName: String = "", type: EndpointType?, port: Int32,
    basePath: String = "", schemaFilePath: String = "", visibilities: [NetworkVisibility?] = [],
    origin: EndpointOrigin? = .user
  ) {
    self.name = name
    self.displayName = displayName
    self.type = type
    self.port = port
    self.basePath = basePath
    self.schemaFilePath = schemaFilePath
    self.visibilities = visibilities
    self.origin = origin
  }

  /// Adds all fields to `digest`.
  public func combine(into digest: inout Digest) {
    digest.combine(name)
    digest.combine(displayName)
    digest.combine(type?.rawValue ?? 0)
    digest.combine(UInt64(bitPattern: Int64(port)))
    digest.combine(basePath)
    digest.combine(schemaFilePath)
    digest.combine(UInt64(visibilities.count))
    for visibility in visibilities { digest.combine(visibility?.rawValue ?? 0) }
    digest.combine(origin?.rawValue ?? 0)
  }
}

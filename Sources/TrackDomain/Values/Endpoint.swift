/// One network endpoint that the component of a track serves.
public struct Endpoint: Sendable, Hashable {
  /// Unique in the track.
  public var name: String
  public var displayName: String
  public var type: EndpointType
  /// 1001 to 65534.
  public var port: Int32
  /// Empty where there is none.
  public var basePath: String
  /// Relative to the component's source path; empty where there is none.
  public var schemaFilePath: String
  /// Not empty, without repetition, in the order of the raw values.
  public var visibilities: [NetworkVisibility]
  public var origin: EndpointOrigin

  public init(
    name: String, displayName: String = "", type: EndpointType, port: Int32, basePath: String = "",
    schemaFilePath: String = "", visibilities: [NetworkVisibility], origin: EndpointOrigin = .user
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
}

/// One network endpoint that the component serves in a track.
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

/// The protocol of an endpoint. The raw values are kept in stores and never change their meaning.
public enum EndpointType: UInt8, Sendable, Hashable, CaseIterable {
  case rest = 1
  case graphQL = 2
  case grpc = 3
  case tcp = 4
  case udp = 5
  case webSocket = 6

  /// Whether only the endpoint's own project can reach it: GRPC, TCP and UDP.
  public var isProjectOnly: Bool {
    switch self {
    case .grpc, .tcp, .udp: true
    case .rest, .graphQL, .webSocket: false
    }
  }
}

/// The origin of an endpoint. The raw values are kept in stores.
public enum EndpointOrigin: UInt8, Sendable, Hashable, CaseIterable {
  /// A caller defined it; copied into the next new track.
  case user = 1
  /// The source config of a commit defines it.
  case sourceConfig = 2
}

/// The callers that can reach an endpoint. The raw values are kept in stores.
public enum NetworkVisibility: UInt8, Sendable, Hashable, CaseIterable {
  case `public` = 1
  case organization = 2
  case project = 3
}

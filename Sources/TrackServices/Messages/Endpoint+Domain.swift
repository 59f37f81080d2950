import TrackDomain
import TrackMessages

extension TrackMessages.Endpoint {
  static func messages(_ endpoints: [TrackDomain.Endpoint]) -> [TrackMessages.Endpoint] {
    endpoints.isEmpty ? [] : endpoints.map { TrackMessages.Endpoint($0) }
  }

  init(_ endpoint: TrackDomain.Endpoint) {
    self.init()
    name = endpoint.name
    displayName = endpoint.displayName
    type = TrackMessages.EndpointType(endpoint.type)
    port = endpoint.port
    basePath = endpoint.basePath
    schemaFilePath = endpoint.schemaFilePath
    networkVisibilities = endpoint.visibilities.map { TrackMessages.NetworkVisibility($0) }
    origin = TrackMessages.EndpointOrigin(endpoint.origin)
  }
}

extension EndpointDraft {
  init(_ message: TrackMessages.Endpoint) {
    self.init(
      name: message.name, displayName: message.displayName, type: message.type.value,
      port: message.port, basePath: message.basePath, schemaFilePath: message.schemaFilePath,
      visibilities: message.networkVisibilities.map(\.value), origin: message.origin.value)
  }
}

extension TrackMessages.EndpointType {
  init(_ type: TrackDomain.EndpointType) {
    self =
      switch type {
      case .rest: .rest
      case .graphQL: .graphql
      case .grpc: .grpc
      case .tcp: .tcp
      case .udp: .udp
      case .webSocket: .ws
      }
  }

  /// Nil where nothing was said, or something unknown.
  var value: TrackDomain.EndpointType? {
    switch self {
    case .rest: .rest
    case .graphql: .graphQL
    case .grpc: .grpc
    case .tcp: .tcp
    case .udp: .udp
    case .ws: .webSocket
    case .unspecified, .unrecognized: nil
    }
  }
}

extension TrackMessages.NetworkVisibility {
  init(_ visibility: TrackDomain.NetworkVisibility) {
    self =
      switch visibility {
      case .public: .public
      case .organization: .organization
      case .project: .project
      }
  }

  /// Nil where nothing was said, or something unknown.
  var value: TrackDomain.NetworkVisibility? {
    switch self {
    case .public: .public
    case .organization: .organization
    case .project: .project
    case .unspecified, .unrecognized: nil
    }
  }
}

extension TrackMessages.EndpointOrigin {
  init(_ origin: TrackDomain.EndpointOrigin) {
    self =
      switch origin {
      case .user: .user
      case .sourceConfig: .sourceConfig
      }
  }

  /// USER where nothing was said; nil for something unknown.
  var value: TrackDomain.EndpointOrigin? {
    switch self {
    case .unspecified, .user: .user
    case .sourceConfig: .sourceConfig
    case .unrecognized: nil
    }
  }
}

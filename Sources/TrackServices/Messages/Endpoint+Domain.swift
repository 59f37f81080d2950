import TrackDomain
import TrackMessages

extension TrackMessages.Endpoint {
  static func messages(_ endpoints: [TrackDomain.Endpoint]) -> [TrackMessages.Endpoint] {
    if endpoints.isEmpty { return [] }
    var messages: [TrackMessages.Endpoint] = []
    messages.reserveCapacity(endpoints.count)
    for index in endpoints.indices {
      messages.append(TrackMessages.Endpoint())
      messages[index].set(endpoints, index)
    }
    return messages
  }

  /// In place, as `DeploymentTrack.set`.
  private mutating func set(_ endpoints: [TrackDomain.Endpoint], _ index: Int) {
    name = endpoints[index].name
    displayName = endpoints[index].displayName
    type = TrackMessages.EndpointType(endpoints[index].type)
    port = endpoints[index].port
    basePath = endpoints[index].basePath
    schemaFilePath = endpoints[index].schemaFilePath
    networkVisibilities = endpoints[index].visibilities.map { TrackMessages.NetworkVisibility($0) }
    origin = TrackMessages.EndpointOrigin(endpoints[index].origin)
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

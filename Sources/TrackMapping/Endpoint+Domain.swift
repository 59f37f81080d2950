package import TrackDomain
package import TrackMessages

extension TrackMessages.Endpoint {
  package static func messages(_ endpoints: [TrackDomain.Endpoint]) -> [TrackMessages.Endpoint] {
    if endpoints.isEmpty { return [] }
    var messages: [TrackMessages.Endpoint] = []
    messages.reserveCapacity(endpoints.count)
    for index in endpoints.indices {
      messages.append(TrackMessages.Endpoint())
      messages[index].set(endpoints, index)
    }
    return messages
  }

  /// In place, as in `DeploymentTrack.set`.
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

extension TrackMessages.EndpointType {
  package init(_ type: TrackDomain.EndpointType) {
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
}

extension TrackMessages.NetworkVisibility {
  package init(_ visibility: TrackDomain.NetworkVisibility) {
    self =
      switch visibility {
      case .public: .public
      case .organization: .organization
      case .project: .project
      }
  }
}

extension TrackMessages.EndpointOrigin {
  package init(_ origin: TrackDomain.EndpointOrigin) {
    self =
      switch origin {
      case .user: .user
      case .sourceConfig: .sourceConfig
      }
  }
}

extension EndpointDraft {
  package init(_ message: TrackMessages.Endpoint) {
    self.init(
      name: message.name, displayName: message.displayName, type: message.type.value,
      port: message.port, basePath: message.basePath, schemaFilePath: message.schemaFilePath,
      visibilities: message.networkVisibilities.map(\.value), origin: message.origin.value)
  }
}

extension TrackMessages.EndpointType {
  /// Nil for an unspecified or unknown type.
  package var value: TrackDomain.EndpointType? {
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
  /// Nil for an unspecified or unknown visibility.
  package var value: TrackDomain.NetworkVisibility? {
    switch self {
    case .public: .public
    case .organization: .organization
    case .project: .project
    case .unspecified, .unrecognized: nil
    }
  }
}

extension TrackMessages.EndpointOrigin {
  /// USER when unspecified; nil for an unknown origin.
  package var value: TrackDomain.EndpointOrigin? {
    switch self {
    case .unspecified, .user: .user
    case .sourceConfig: .sourceConfig
    case .unrecognized: nil
    }
  }
}

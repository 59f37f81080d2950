import TrackDomain
import TrackMessages

extension EndpointDraft {
  init(_ message: TrackMessages.Endpoint) {
    self.init(
      name: message.name, displayName: message.displayName, type: message.type.value,
      port: message.port, basePath: message.basePath, schemaFilePath: message.schemaFilePath,
      visibilities: message.networkVisibilities.map(\.value), origin: message.origin.value)
  }
}

extension TrackMessages.EndpointType {
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
  /// USER where nothing was said; nil for something unknown.
  var value: TrackDomain.EndpointOrigin? {
    switch self {
    case .unspecified, .user: .user
    case .sourceConfig: .sourceConfig
    case .unrecognized: nil
    }
  }
}

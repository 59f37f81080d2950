/// What an endpoint speaks. The raw values are kept in stores and never change their meaning.
public enum EndpointType: UInt8, Sendable, Hashable, CaseIterable {
  case rest = 1
  case graphQL = 2
  case grpc = 3
  case tcp = 4
  case udp = 5
  case webSocket = 6

  /// GRPC, TCP and UDP endpoints are reached from their own project only.
  public var isProjectOnly: Bool {
    switch self {
    case .grpc, .tcp, .udp: true
    case .rest, .graphQL, .webSocket: false
    }
  }
}

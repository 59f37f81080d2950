import TrackDomain

/// A port of a track: of an endpoint, or one that the image lists.
struct ManifestPort {
  let number: Int
  let isUDP: Bool
  /// The protocol, in the words of Kubernetes; nil when it is unknown.
  let application: String?

  /// Unique among the ports of a pod and of a service.
  var name: String { (isUDP ? "udp-" : "tcp-") + String(number) }

  /// By number and protocol, each once.
  static func all(endpoints: [Endpoint], image: TrackImage) -> [ManifestPort] {
    var ports: [ManifestPort] = []
    func add(_ port: ManifestPort) {
      if !ports.contains(where: { $0.number == port.number && $0.isUDP == port.isUDP }) {
        ports.append(port)
      }
    }
    for endpoint in endpoints {
      add(
        ManifestPort(
          number: Int(endpoint.port), isUDP: endpoint.type == .udp,
          application: application(of: endpoint.type)))
    }
    for port in image.ports {
      add(ManifestPort(number: Int(port), isUDP: false, application: nil))
    }
    return ports.sorted { ($0.number, $0.isUDP ? 1 : 0) < ($1.number, $1.isUDP ? 1 : 0) }
  }

  private static func application(of type: EndpointType) -> String? {
    switch type {
    case .rest, .graphQL: "http"
    case .grpc: "kubernetes.io/h2c"
    case .webSocket: "kubernetes.io/ws"
    case .tcp, .udp: nil
    }
  }
}

import TrackDomain

/// The names of a manifest's objects, for rendering and for callers that ask for addresses.
struct ManifestObjects {
  struct Object {
    let kind: StaticString
    let name: String
  }

  /// The beginning of the names of all objects, and their selector.
  let name: String
  /// A Deployment, or a Job for tasks.
  let workload: Object
  /// Nil when the track serves no ports.
  let service: Object?
  /// The ConfigMap for gateways. Nil when there is nothing to describe.
  let description: Object?
  /// By number and protocol.
  let ports: [ManifestPort]

  init(
    _ deployment: Deployment, _ component: Component, _ image: TrackImage, _ configs: TrackConfigs
  ) {
    name = KubernetesName.object(componentId: component.id, trackId: deployment.trackId)
    ports = ManifestPort.all(endpoints: configs.endpoints, image: image)
    if component.type == .task {
      // The template of a job cannot change: each deployment is a job of its own.
      workload = Object(kind: "Job", name: "\(name)-\(deployment.id.prefix(8).lowercased())")
      service = nil
    } else {
      workload = Object(kind: "Deployment", name: name)
      service = ports.isEmpty ? nil : Object(kind: "Service", name: name)
    }
    description =
      ManifestDescription.isNeeded(configs) ? Object(kind: "ConfigMap", name: "\(name)-api") : nil
  }

  /// In the order of the manifest.
  var all: [DeployedObjects.Object] {
    [workload, service, description].compactMap { object in
      object.map { DeployedObjects.Object(kind: "\($0.kind)", name: $0.name) }
    }
  }

  /// The addresses of endpoints: none without a service.
  func addresses(of endpoints: [Endpoint]) -> [DeployedObjects.Address] {
    guard let service else { return [] }
    return endpoints.map {
      DeployedObjects.Address(endpoint: $0.name, service: service.name, port: $0.port)
    }
  }
}

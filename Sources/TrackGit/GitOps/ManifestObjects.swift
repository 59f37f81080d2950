import TrackDomain

/// The objects of a manifest, by name: for what is rendered, and for who asks how to reach it.
struct ManifestObjects {
  struct Object {
    let kind: StaticString
    let name: String
  }

  /// What all objects of the track have at the beginning of their names, and are selected by.
  let name: String
  /// A Deployment, or a Job for tasks.
  let workload: Object
  /// Nil where nothing is served.
  let service: Object?
  /// Tells gateways of endpoints and API settings. Nil where there is nothing to tell.
  let description: Object?
  /// By number and protocol.
  let ports: [ManifestPort]

  init(
    _ deployment: Deployment, _ component: Component, _ image: TrackImage, _ configs: TrackConfigs
  ) {
    name = KubernetesName.object(componentId: component.id, trackId: deployment.trackId)
    ports = ManifestPort.all(endpoints: configs.endpoints, image: image)
    if component.type == .task {
      // The template of a job never changes: each deployment is a job of its own.
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

  /// Where endpoints are reached: nowhere without a service.
  func addresses(of endpoints: [Endpoint]) -> [DeployedObjects.Address] {
    guard let service else { return [] }
    return endpoints.map {
      DeployedObjects.Address(endpoint: $0.name, service: service.name, port: $0.port)
    }
  }
}

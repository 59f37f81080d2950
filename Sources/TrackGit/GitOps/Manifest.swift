import TrackDomain

/// The Kubernetes manifest of one track in one environment. Pure: the same order gives the same
/// text, but for the deployment's id.
///
/// A Deployment (a Job for tasks), a Service for its ports, and a ConfigMap that describes
/// endpoints and API settings to gateways. The tool that applies the manifest chooses the
/// namespace.
struct Manifest {
  private let order: DeploymentOrder
  private let objects: ManifestObjects

  init(_ order: DeploymentOrder) {
    self.order = order
    objects = ManifestObjects(order.deployment, order.component, order.image, order.configs)
  }

  /// The file's content.
  func render() -> [UInt8] {
    var yaml = YAMLWriter()
    workload(&yaml)
    if let service = objects.service { self.service(service, &yaml) }
    if let description = objects.description { self.description(description, &yaml) }
    let checksum = ManifestChecksum.line(yaml.text, deploymentId: order.deployment.id)
    return Array("# \(Self.firstLine)\n\(checksum)\(yaml.text)".utf8)
  }

  static let firstLine = "Written by trackd. The next deployment of this track overwrites it."

  // The key by which trackd recognizes its files: see `ManifestOwner`.
  static let deploymentKey = "trackd/deployment"
  static let componentKey = "trackd/component"
  static let trackKey = "trackd/track"
  static let environmentKey = "trackd/environment"

  private var isTask: Bool { order.component.type == .task }

  // MARK: Objects

  private func workload(_ yaml: inout YAMLWriter) {
    begin(objects.workload, version: isTask ? "batch/v1" : "apps/v1", &yaml)
    yaml.map("spec") { yaml in
      if !isTask { yaml.map("selector") { $0.map("matchLabels", labels) } }
      yaml.map("template") { yaml in
        yaml.map("metadata") { yaml in
          yaml.map("labels", labels)
          yaml.map("annotations", annotations)
        }
        yaml.map("spec") { yaml in
          if isTask { yaml.field("restartPolicy", word: "Never") }
          containers(&yaml)
        }
      }
    }
  }

  private func service(_ service: ManifestObjects.Object, _ yaml: inout YAMLWriter) {
    begin(service, version: "v1", &yaml)
    yaml.map("spec") { yaml in
      yaml.map("selector", labels)
      yaml.list("ports", objects.ports) { yaml, port in
        yaml.field("name", port.name)
        yaml.field("port", port.number)
        yaml.field("targetPort", port.number)
        yaml.field("protocol", port.isUDP ? "UDP" : "TCP")
        if let application = port.application { yaml.field("appProtocol", application) }
      }
    }
  }

  /// The ConfigMap for gateways.
  private func description(_ description: ManifestObjects.Object, _ yaml: inout YAMLWriter) {
    begin(description, version: "v1", &yaml)
    yaml.map("data", ManifestDescription(order.configs).entries)
  }

  // MARK: Parts

  private func begin(
    _ object: ManifestObjects.Object, version: StaticString, _ yaml: inout YAMLWriter
  ) {
    yaml.document()
    yaml.field("apiVersion", word: version)
    yaml.field("kind", word: object.kind)
    yaml.map("metadata") { yaml in
      yaml.field("name", object.name)
      yaml.map("labels", labels + [("app.kubernetes.io/managed-by", "trackd")])
      yaml.map("annotations", annotations)
    }
  }

  /// The selector of the pods: never changes.
  private var labels: [(String, String)] {
    [
      ("app.kubernetes.io/name", objects.name), (Self.componentKey, order.component.id),
      (Self.trackKey, order.track.id), (Self.environmentKey, order.environment.id),
    ]
  }

  private var annotations: [(String, String)] {
    var annotations = [
      (Self.deploymentKey, order.deployment.id), ("trackd/image", order.image.id),
      ("trackd/config-revision", String(order.deployment.configRevision)),
    ]
    if let version = order.track.version {
      annotations.append(("trackd/api-version", version.description))
    }
    if !order.image.commitHash.isEmpty {
      annotations.append(("trackd/commit", order.image.commitHash))
    }
    if !order.image.apiDefinitionPath.isEmpty {
      annotations.append(("trackd/api-definition-path", order.image.apiDefinitionPath))
    }
    return annotations
  }

  private func containers(_ yaml: inout YAMLWriter) {
    let names = KubernetesName.containers(order.image.images.map(\.name))
    let environment = ManifestVariable.effective(order.configs.environmentVariables)
    yaml.list("containers", Array(order.image.images.enumerated())) { yaml, element in
      yaml.field("name", names[element.offset])
      yaml.field("image", Self.reference(of: element.element))
      // The first container serves the ports.
      yaml.list("ports", element.offset == 0 ? objects.ports : []) { yaml, port in
        yaml.field("name", port.name)
        yaml.field("containerPort", port.number)
        yaml.field("protocol", port.isUDP ? "UDP" : "TCP")
      }
      yaml.list("env", environment) { yaml, variable in variable.write(&yaml) }
    }
  }

  /// With the digest, where that is known.
  private static func reference(of image: ContainerImage) -> String {
    if image.digest.isEmpty || image.reference.contains("@") { return image.reference }
    return "\(image.reference)@\(image.digest)"
  }
}

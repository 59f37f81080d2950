import YAML

/// The keys that a schema knows at each place of a file, without their rules.
indirect enum SchemaShape: Sendable {
  /// A scalar, or a value that no schema looks into.
  case leaf
  case list(SchemaShape)
  case mapping([Key])

  struct Key: Sendable {
    let name: String
    let shape: SchemaShape

    init(_ name: String, _ shape: SchemaShape = .leaf) {
      self.name = name
      self.shape = shape
    }
  }

  /// All keys that `kind` knows, including those that trackd ignores.
  static func of(_ kind: SourceConfigKind) -> SchemaShape {
    switch kind {
    case .component(.v10): component10
    case .component(.v11): component11
    case .component(.v12): component12
    case .componentConfig(.v1alpha1): componentConfigV1alpha1
    case .componentConfig(.v1beta1): componentConfigV1beta1
    case .endpoints: endpoints
    }
  }

  private static let component10 = component(.v10)
  private static let component11 = component(.v11)
  private static let component12 = component(.v12)
  private static let componentConfigV1alpha1 = componentConfig(.v1alpha1)
  private static let componentConfigV1beta1 = componentConfig(.v1beta1)
  private static let endpoints = SchemaShape.mapping([
    Key("version"), Key("endpoints", .list(legacyEndpoint("networkVisibility"))),
  ])

  /// `node` without unknown keys.
  func known(of node: YAMLNode) -> YAMLNode {
    switch self {
    case .leaf: return node
    case .list(let element):
      guard let elements = node.elements else { return node }
      return YAMLNode(.sequence(elements.map { element.known(of: $0) }))
    case .mapping(let keys):
      guard let entries = node.entries else { return node }
      return .mapping(
        entries.compactMap { entry in
          keys.first { $0.name == entry.key }.map { (entry.key, $0.shape.known(of: entry.value)) }
        })
    }
  }

  // MARK: component.yaml

  private static func component(_ version: SchemaVersion) -> SchemaShape {
    var dependencies = [Key("serviceReferences", .list(serviceReference))]
    var root = [Key("schemaVersion"), Key("endpoints", .list(endpoint))]
    if version != .v10 {
      dependencies.append(
        Key("connectionReferences", .list(.mapping([Key("name"), Key("resourceRef")]))))
    }
    root.append(Key("dependencies", .mapping(dependencies)))
    if version != .v10 {
      root.append(Key("configurations", configurations(version)))
      root.append(Key("configuration", configurations(version)))
    }
    if version == .v12 { root.append(Key("proxy")) }
    return .mapping(root)
  }

  private static let endpoint = SchemaShape.mapping([
    Key("name"), Key("displayName"), Key("service", .mapping([Key("basePath"), Key("port")])),
    Key("type"), Key("networkVisibilities"), Key("schemaFilePath"),
  ])

  static let serviceReference = SchemaShape.mapping([
    Key("name"), Key("connectionConfig"), Key("env", .list(.mapping([Key("from"), Key("to")]))),
  ])

  private static func configurations(_ version: SchemaVersion) -> SchemaShape {
    let reference = SchemaShape.mapping([Key("name"), Key("key")])
    var sources = [Key("connectionRef", reference), Key("configGroupRef", reference)]
    if version == .v12 {
      sources.append(
        Key("configForm", .mapping([Key("displayName"), Key("required"), Key("type")])))
    }
    let variable = SchemaShape.mapping([
      Key("name"), Key("value"), Key("valueFrom", .mapping(sources)),
    ])
    return .mapping([Key("env", .list(variable))] + (version == .v12 ? [Key("file")] : []))
  }

  // MARK: Legacy files

  private static func componentConfig(_ version: ComponentConfigVersion) -> SchemaShape {
    let spec = SchemaShape.mapping([
      Key("inbound", .list(legacyEndpoint(version.visibilityKey))),
      Key("outbound", .mapping([Key("serviceReferences", .list(serviceReference))])),
      Key("build"), Key("image"), Key("configurations"),
    ])
    return .mapping([Key("apiVersion"), Key("kind"), Key("metadata"), Key("spec", spec)])
  }

  private static func legacyEndpoint(_ visibility: String) -> SchemaShape {
    .mapping([
      Key("name"), Key("port"), Key("type"), Key(visibility), Key("context"),
      Key("schemaFilePath"),
    ])
  }
}

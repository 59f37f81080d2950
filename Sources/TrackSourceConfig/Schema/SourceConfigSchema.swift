import TrackDomain
import YAML

/// The schemas of source configs: component.yaml 1.0, 1.1 and 1.2, component-config.yaml v1alpha1
/// and v1beta1, and endpoints.yaml. They accept unknown keys.
enum SourceConfigSchema {
  /// Reads a file of the kind that its name tells; nil when even the kind is unknown. Adds
  /// violations to `reader`.
  static func read(
    fileName: String, root: YAMLNode, _ reader: inout SchemaReader
  ) -> SourceConfigFile? {
    let place = SchemaPlace(path: "", node: root)
    switch fileName.split(separator: "/").last {
    case "component.yaml":
      return reader.mapping(place).flatMap { component($0, &reader) }
    case "component-config.yaml":
      return reader.mapping(place).map { componentConfig($0, &reader) }
    case "endpoints.yaml":
      return reader.mapping(place).map { endpoints($0, &reader) }
    default:
      reader.fail(
        place, "must be called component.yaml, component-config.yaml or endpoints.yaml")
      return nil
    }
  }

  // MARK: component.yaml

  private static func component(
    _ root: SchemaPlace, _ reader: inout SchemaReader
  ) -> SourceConfigFile? {
    guard let place = reader.value("schemaVersion", in: root, isRequired: true) else {
      // The newest schema reports all other violations.
      return component(root, .newest, &reader)
    }
    guard case .scalar(let text, _) = place.node.content,
      let version = SchemaNumber.parse(text).flatMap({ SchemaVersion($0) })
    else {
      reader.fail(place, "must be 1.0, 1.1 or 1.2")
      return nil
    }
    return component(root, version, &reader)
  }

  static func component(
    _ root: SchemaPlace, _ version: SchemaVersion, _ reader: inout SchemaReader
  ) -> SourceConfigFile {
    var file = SourceConfigFile(kind: .component(version), root: root.node)
    if let list = reader.sequence("endpoints", in: root) {
      file.endpoints = EndpointSchema.read(list, &reader)
    }
    if let dependencies = reader.mapping("dependencies", in: root) {
      DependencySchema.check(dependencies, version, &reader)
    }
    if version != .v10 {
      file.variables = ConfigurationSchema.read(root, version, &reader)
    }
    return file
  }

  // MARK: Legacy files

  private static func componentConfig(
    _ root: SchemaPlace, _ reader: inout SchemaReader
  ) -> SourceConfigFile {
    // Violations in files of unknown versions are reported by the newer schema.
    let version = version(root, &reader) ?? .v1beta1
    var file = SourceConfigFile(kind: .componentConfig(version), root: root.node)
    if let kind = reader.text("kind", in: root, isRequired: true), kind.value != "ComponentConfig" {
      reader.fail(kind.place, "must be ComponentConfig")
    }
    guard let spec = reader.mapping("spec", in: root) else { return file }
    if let inbound = reader.sequence("inbound", in: spec) {
      file.endpoints = LegacyEndpointSchema.read(inbound, version.visibilityKey, &reader)
    }
    if let outbound = reader.mapping("outbound", in: spec) {
      switch version {
      case .v1alpha1: DependencySchema.checkOldest(outbound, &reader)
      case .v1beta1: DependencySchema.check(outbound, .v10, &reader)
      }
      file.serviceReferences = outbound["serviceReferences"]?.node
    }
    return file
  }

  private static func version(
    _ root: SchemaPlace, _ reader: inout SchemaReader
  ) -> ComponentConfigVersion? {
    guard let text = reader.text("apiVersion", in: root, isRequired: true) else { return nil }
    let versions = ComponentConfigVersion.allCases
    if let found = versions.first(where: { $0.apiVersion == text.value }) { return found }
    reader.fail(text.place, "must be " + versions.map(\.apiVersion).joined(separator: " or "))
    return nil
  }

  private static func endpoints(
    _ root: SchemaPlace, _ reader: inout SchemaReader
  ) -> SourceConfigFile {
    var file = SourceConfigFile(kind: .endpoints, root: root.node)
    _ = reader.text("version", in: root, isRequired: true)
    if let list = reader.sequence("endpoints", in: root, isRequired: true) {
      file.endpoints = LegacyEndpointSchema.read(list, "networkVisibility", &reader)
    }
    return file
  }
}

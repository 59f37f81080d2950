import TrackDomain
import YAML

/// Turns endpoints.yaml and component-config.yaml into component.yaml.
enum LegacyMigration {
  static func migrate(_ file: SourceConfigFile, content: [UInt8]) -> MigratedSourceConfig {
    var warnings = WarningList()
    let endpoints = LegacyEndpoints.modernized(file, &warnings)
    var root: [(String, YAMLNode)] = [("schemaVersion", .number(SchemaVersion.newest.rawValue))]
    if !endpoints.isEmpty || file.kind == .endpoints {
      root.append(("endpoints", YAMLNode(.sequence(endpoints.map(node)))))
    }
    if let references = file.serviceReferences {
      let modern = modernized(references, of: file.kind, &warnings)
      root.append(("dependencies", .mapping([("serviceReferences", modern)])))
    }
    warnOfLosses(file, content, &warnings)
    return MigratedSourceConfig(
      content: YAMLNodeWriter.write(.mapping(root)), wasNewest: false, warnings: warnings.all)
  }

  private static func node(_ endpoint: FileEndpoint) -> YAMLNode {
    var entries: [(String, YAMLNode)] = [("name", .text(endpoint.name.value))]
    if !endpoint.displayName.isEmpty {
      entries.append(("displayName", .text(endpoint.displayName)))
    }
    var service: [(String, YAMLNode)] = []
    if let path = endpoint.basePath { service.append(("basePath", .text(path.value))) }
    service.append(("port", .number("\(endpoint.port)")))
    entries.append(("service", .mapping(service)))
    entries.append(("type", .text(endpoint.type.sourceConfigName)))
    let visibilities = (endpoint.visibilities ?? []).map { YAMLNode.text($0.sourceConfigName) }
    entries.append(("networkVisibilities", YAMLNode(.sequence(visibilities))))
    if let schema = endpoint.schemaFilePath {
      entries.append(("schemaFilePath", .text(schema.value)))
    }
    return .mapping(entries)
  }

  // MARK: References

  private static func modernized(
    _ references: YAMLNode, of kind: SourceConfigKind, _ warnings: inout WarningList
  ) -> YAMLNode {
    let known = SchemaShape.list(SchemaShape.serviceReference).known(of: references)
    guard kind == .componentConfig(.v1alpha1), let elements = known.elements else { return known }
    return YAMLNode(
      .sequence(
        elements.enumerated().map { index, reference in
          let entries = (reference.entries ?? []).map { entry in
            guard entry.key == "name", case .scalar(let name, _) = entry.value.content else {
              return (entry.key, entry.value)
            }
            let modern = ResourceReference.modern(name)
            if modern == name { return (entry.key, entry.value) }
            warnings.add(
              "spec.outbound.serviceReferences[\(index)].name", entry.value.start,
              "\(WarningList.quote(name)) is called \(modern) now")
            return (entry.key, .text(modern))
          }
          return .mapping(entries)
        }))
  }

  // MARK: Lost values

  private static func warnOfLosses(
    _ file: SourceConfigFile, _ content: [UInt8], _ warnings: inout WarningList
  ) {
    for place in file.unusedPlaces {
      warnings.add(place, "has no place in component.yaml, and is left out")
    }
    UnknownKeys.warn(of: file.root, as: file.kind, .leftOut, &warnings)
    if YAMLComments.areIn(content, root: file.root) {
      warnings.add("the comments of the file are not carried over")
    }
  }
}

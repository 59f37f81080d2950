import TrackDomain

/// endpoints.yaml and component-config.yaml as component.yaml.
enum LegacyMigration {
  static func migrate(_ file: SourceConfigFile, content: [UInt8]) -> MigratedSourceConfig {
    var warnings = WarningList()
    let endpoints = LegacyEndpoints.modernized(file.endpoints, &warnings)
    var root: [(String, YAMLNode)] = [("schemaVersion", .number(SchemaVersion.newest.rawValue))]
    if !endpoints.isEmpty || file.kind == .endpoints {
      root.append(("endpoints", YAMLNode(.sequence(endpoints.map(node)))))
    }
    if let references = file.serviceReferences {
      root.append(("dependencies", .mapping([("serviceReferences", references)])))
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

  // MARK: What is lost

  private static let endpointKeys: Set<String> = [
    "name", "port", "type", "networkVisibility", "context", "schemaFilePath",
  ]

  private static func warnOfLosses(
    _ file: SourceConfigFile, _ content: [UInt8], _ warnings: inout WarningList
  ) {
    let root = SchemaPlace(path: "", node: file.root)
    if file.kind == .endpoints {
      warnOfOthers(root, ["version", "endpoints"], &warnings)
    } else {
      warnOfOthers(root, ["apiVersion", "kind", "spec"], &warnings)
      if let spec = root["spec"] {
        warnOfOthers(spec, ["inbound", "outbound"], &warnings)
        spec["outbound"].map { warnOfOthers($0, ["serviceReferences"], &warnings) }
      }
    }
    for endpoint in file.endpoints { warnOfOthers(endpoint.place, endpointKeys, &warnings) }
    if YAMLComments.areIn(content, root: file.root) {
      warnings.add("the comments of the file are not carried over")
    }
  }

  private static func warnOfOthers(
    _ place: SchemaPlace, _ known: Set<String>, _ warnings: inout WarningList
  ) {
    for entry in place.node.entries ?? [] where !known.contains(entry.key) {
      warnings.add("\(place.path(entry.key)): has no place in component.yaml, and is left out")
    }
  }
}

import TrackDomain
import YAML

/// Turns the content of a file into the configuration of a track. Applies the limits of tracks,
/// which the schemas do not know.
struct SourceConfigConversion {
  private var warnings = WarningList()

  /// The result is valid only if nothing was added to `reader`.
  static func convert(
    _ file: SourceConfigFile, _ reader: inout SchemaReader
  ) -> SourceConfig {
    var conversion = SourceConfigConversion()
    conversion.warnOfKind(file)
    UnknownKeys.warn(of: file.root, as: file.kind, .notApplied, &conversion.warnings)
    let endpoints = conversion.endpoints(of: file, &reader)
    let variables = VariableConversion.convert(file.variables, &reader, &conversion.warnings)
    return SourceConfig(
      endpoints: endpoints.sorted { $0.name < $1.name },
      environmentVariables: variables.sorted { $0.name < $1.name },
      warnings: conversion.warnings.all, files: files(&reader))
  }

  // MARK: Endpoints

  private mutating func endpoints(
    of file: SourceConfigFile, _ reader: inout SchemaReader
  ) -> [Endpoint] {
    if file.endpoints.count > EndpointRules.maximumCount, let first = file.endpoints.first {
      let list = first.place.path.prefix { $0 != "[" }
      reader.fail(
        String(list), first.place.node.start,
        "must be at most \(EndpointRules.maximumCount) endpoints")
    }
    var known = file.endpoints
    if !file.kind.isComponent { known = LegacyEndpoints.modernized(file, &warnings) }
    return known.map { endpoint($0, &reader) }
  }

  private mutating func endpoint(
    _ endpoint: FileEndpoint, _ reader: inout SchemaReader
  ) -> Endpoint {
    let place = endpoint.place
    if let path = endpoint.basePath, path.value.utf8.count > 255 {
      reader.fail(path.place, "must have at most 255 characters")
    }
    if endpoint.displayName.unicodeScalars.contains(where: {
      $0.properties.generalCategory == .control
    }) {
      reader.fail(place.path("displayName"), place.node.start, "must not hold control characters")
    }
    return Endpoint(
      name: endpoint.name.value, displayName: endpoint.displayName, type: endpoint.type,
      port: endpoint.port, basePath: endpoint.basePath?.value ?? "",
      schemaFilePath: endpoint.schemaFilePath.flatMap { Self.relative($0.value) } ?? "",
      visibilities: visibilities(of: endpoint), origin: .sourceConfig)
  }

  private mutating func visibilities(of endpoint: FileEndpoint) -> [NetworkVisibility] {
    guard let said = endpoint.visibilities else {
      warnings.add(endpoint.place, "does not say its networkVisibilities, which means Public")
      return [.public]
    }
    guard !said.isEmpty else {
      warnings.add(endpoint.place, "its networkVisibilities are empty, which means Public")
      return [.public]
    }
    return Set(said).sorted { $0.rawValue < $1.rawValue }
  }

  /// The files that endpoints name, invalid endpoints included.
  private static func files(_ reader: inout SchemaReader) -> [SourceConfigReference] {
    var files: [SourceConfigReference] = []
    for name in reader.fileNames {
      if let file = relative(name.value) {
        let start = name.place.node.start
        files.append(
          SourceConfigReference(
            file: file, path: name.place.path, line: start.line, column: start.column))
      } else {
        reader.fail(
          name.place, "must be the path of a file below the source folder, of at most 1024 bytes")
      }
    }
    return files
  }

  /// A path without `.`, `..` and empty segments; nil when it leads out of its folder, or names
  /// nothing.
  static func relative(_ path: String) -> String? {
    guard path.utf8.count <= 1024,
      !path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else { return nil }
    var segments: [Substring] = []
    for segment in path.split(separator: "/") {
      switch segment {
      case ".": break
      case "..":
        if segments.popLast() == nil { return nil }
      default: segments.append(segment)
      }
    }
    return segments.isEmpty ? nil : segments.joined(separator: "/")
  }

  // MARK: Warnings

  private mutating func warnOfKind(_ file: SourceConfigFile) {
    if !file.kind.isNewest {
      warnings.add(
        "OUTDATED_SOURCE_CONFIG: \(file.kind.description) is of an old kind; "
          + "GetMigratedSrcConfigContent makes \(SourceConfigKind.component(.newest).description) "
          + "of it")
    }
    for place in file.unappliedPlaces where !place.node.isEmpty {
      warnings.add(place, "is no part of a track's configuration, and is not applied")
    }
    if let former = file.formerConfiguration {
      warnings.add(former, "is not looked at, because there is configurations")
    }
  }
}

extension YAMLNode {
  /// Null, or a collection without elements.
  var isEmpty: Bool { isNull || elements?.isEmpty == true || entries?.isEmpty == true }
}

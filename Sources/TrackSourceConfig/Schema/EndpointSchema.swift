import TrackDomain
import YAML

/// Endpoints of component.yaml.
enum EndpointSchema {
  /// The valid endpoints.
  static func read(_ list: [SchemaPlace], _ reader: inout SchemaReader) -> [FileEndpoint] {
    var names: Set<String> = []
    var endpoints: [FileEndpoint] = []
    for element in list {
      guard let place = reader.mapping(element) else { continue }
      let name = name(place, &reader)
      if let name, !names.insert(name.value).inserted {
        reader.fail(name.place, "must be unique")
      }
      if let endpoint = read(place, name, &reader) { endpoints.append(endpoint) }
    }
    return endpoints
  }

  private static func read(
    _ place: SchemaPlace, _ name: SchemaText?, _ reader: inout SchemaReader
  ) -> FileEndpoint? {
    let displayName = reader.text("displayName", in: place)
    if let displayName, displayName.value.utf16.count > 50 {
      reader.fail(displayName.place, "must have at most 50 characters")
    }
    let service = reader.mapping("service", in: place, isRequired: true)
    let basePath = service.flatMap { EndpointParts.path("basePath", $0, &reader) }
    let port = service.flatMap { reader.port("port", in: $0) }
    let type = EndpointParts.type(place, &reader)
    let visibilities = visibilities(place, type, &reader)
    let schema = reader.fileName("schemaFilePath", in: place)
    guard let name, let port, let type else { return nil }
    return FileEndpoint(
      place: place, name: name, displayName: displayName?.value ?? "", type: type, port: port,
      basePath: basePath, visibilities: visibilities, schemaFilePath: schema)
  }

  private static func name(_ place: SchemaPlace, _ reader: inout SchemaReader) -> SchemaText? {
    guard let name = reader.text("name", in: place, isRequired: true) else { return nil }
    if !name.isEndpointName {
      reader.fail(
        name.place,
        "must start with a lowercase letter and hold only lowercase letters, digits, '_' and '-'")
    }
    if name.value.utf16.count > 50 {
      reader.fail(name.place, "must have at most 50 characters")
    }
    return name
  }

  private static func visibilities(
    _ place: SchemaPlace, _ type: EndpointType?, _ reader: inout SchemaReader
  ) -> [NetworkVisibility]? {
    let key = "networkVisibilities"
    let list = reader.sequence(key, in: place)
    let visibilities = list?.compactMap { EndpointParts.visibility($0, &reader) }
    guard let type, type.isProjectOnly else { return visibilities }
    let isProject = visibilities == [.project] && list?.count == 1
    if !isProject, list != nil || place[key] == nil {
      reader.fail(
        place.path(key), place[key]?.node.start ?? place.node.start,
        "must be exactly [Project] for GRPC, TCP and UDP endpoints")
    }
    return visibilities
  }
}

/// Endpoints of endpoints.yaml and component-config.yaml.
enum LegacyEndpointSchema {
  /// The valid endpoints.
  ///
  /// - Parameter visibilityKey: the key of their visibility.
  static func read(
    _ list: [SchemaPlace], _ visibilityKey: String, _ reader: inout SchemaReader
  ) -> [FileEndpoint] {
    list.compactMap { element in
      guard let place = reader.mapping(element) else { return nil }
      let name = reader.text("name", in: place, isRequired: true)
      let port = reader.port("port", in: place)
      let type = EndpointParts.type(place, &reader)
      let visibility = place[visibilityKey].flatMap {
        EndpointParts.visibility($0, &reader)
      }
      let context = EndpointParts.path("context", place, &reader)
      if let type, !type.isProjectOnly, place["context"] == nil {
        reader.fail(
          place.path("context"), place.node.start, "is required for REST, GraphQL and WS endpoints")
      }
      let schema = reader.fileName("schemaFilePath", in: place)
      guard let name, let port, let type else { return nil }
      return FileEndpoint(
        place: place, name: name, displayName: "", type: type, port: port, basePath: context,
        visibilities: visibility.map { [$0] }, schemaFilePath: schema)
    }
  }
}

/// The common parts of endpoints in all files.
enum EndpointParts {
  static let types: [(name: String, type: EndpointType)] = [
    ("REST", .rest), ("GraphQL", .graphQL), ("GRPC", .grpc), ("TCP", .tcp), ("UDP", .udp),
    ("WS", .webSocket),
  ]

  static let visibilities: [(name: String, visibility: NetworkVisibility)] = [
    ("Public", .public), ("Project", .project), ("Organization", .organization),
  ]

  static func type(_ place: SchemaPlace, _ reader: inout SchemaReader) -> EndpointType? {
    guard let text = reader.text("type", in: place, isRequired: true) else { return nil }
    if let found = types.first(where: { $0.name == text.value }) { return found.type }
    reader.fail(text.place, "must be REST, GraphQL, GRPC, TCP, UDP or WS")
    return nil
  }

  static func visibility(
    _ place: SchemaPlace, _ reader: inout SchemaReader
  ) -> NetworkVisibility? {
    guard let text = reader.text(place) else { return nil }
    if let found = visibilities.first(where: { $0.name == text.value }) { return found.visibility }
    reader.fail(place, "must be Public, Project or Organization")
    return nil
  }

  static func path(
    _ key: String, _ place: SchemaPlace, _ reader: inout SchemaReader
  ) -> SchemaText? {
    guard let text = reader.text(key, in: place) else { return nil }
    if !text.isPath {
      reader.fail(text.place, "must start with '/' and hold only letters, digits, '-', '_' and '/'")
    }
    return text
  }
}

extension EndpointType {
  /// The name in source configs.
  var sourceConfigName: String {
    EndpointParts.types.first { $0.type == self }?.name ?? ""
  }
}

extension NetworkVisibility {
  /// The name in source configs.
  var sourceConfigName: String {
    EndpointParts.visibilities.first { $0.visibility == self }?.name ?? ""
  }
}

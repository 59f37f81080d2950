import TrackDomain

/// A source config of any kind, as far as it was understood.
struct SourceConfigFile: Sendable {
  var kind: SourceConfigKind
  var root: YAMLNode
  var endpoints: [FileEndpoint] = []
  /// Of `configurations`, or else of `configuration`.
  var variables: [FileVariable] = []
  /// What `dependencies` of a legacy file is.
  var serviceReferences: YAMLNode?

  private var place: SchemaPlace { SchemaPlace(path: "", node: root) }

  /// What the schema knows, and no track has.
  var unappliedPlaces: [SchemaPlace] {
    let places: [SchemaPlace?] =
      switch kind {
      case .component(.v10), .component(.v11): [place["dependencies"]]
      case .component(.v12):
        [
          place["dependencies"], place["proxy"],
          (place["configurations"] ?? place["configuration"])?["file"],
        ]
      case .componentConfig: unusedPlaces + [place["spec"]?["outbound"]]
      case .endpoints: []
      }
    return places.compactMap { $0 }
  }

  /// What the schema knows, and component.yaml has no place for.
  var unusedPlaces: [SchemaPlace] {
    guard case .componentConfig = kind else { return [] }
    let spec = place["spec"]
    return [place["metadata"], spec?["build"], spec?["image"], spec?["configurations"]]
      .compactMap { $0 }
  }

  /// A `configuration` beside the `configurations` that count.
  var formerConfiguration: SchemaPlace? {
    if !kind.isComponent || kind == .component(.v10) { return nil }
    return place["configurations"] == nil ? nil : place["configuration"]
  }
}

/// The kinds of files, newest first, and what they are called.
enum SourceConfigKind: Sendable, Hashable {
  case component(SchemaVersion)
  case componentConfig(ComponentConfigVersion)
  case endpoints

  var isNewest: Bool { self == .component(.newest) }

  var isComponent: Bool {
    if case .component = self { true } else { false }
  }

  /// As warnings name it.
  var description: String {
    switch self {
    case .component(let version): "component.yaml \(version.rawValue)"
    case .componentConfig(let version): "component-config.yaml \(version.rawValue)"
    case .endpoints: "endpoints.yaml"
    }
  }
}

extension SourceConfigKind {
  /// What endpoints have that do not say it.
  var defaultVisibility: NetworkVisibility {
    self == .componentConfig(.v1alpha1) ? .project : .public
  }
}

/// The versions of component-config.yaml.
enum ComponentConfigVersion: String, Sendable, CaseIterable {
  case v1alpha1
  case v1beta1

  /// As files name it.
  var apiVersion: String { "core.choreo.dev/\(rawValue)" }

  /// What the visibility of endpoints is called.
  var visibilityKey: String {
    switch self {
    case .v1alpha1: "visibility"
    case .v1beta1: "networkVisibility"
    }
  }
}

/// The versions of component.yaml.
enum SchemaVersion: String, Sendable, CaseIterable {
  case v10 = "1.0"
  case v11 = "1.1"
  case v12 = "1.2"

  static var newest: SchemaVersion { .v12 }

  init?(_ number: Double) {
    switch number {
    case 1.0: self = .v10
    case 1.1: self = .v11
    case 1.2: self = .v12
    default: return nil
    }
  }
}

/// An endpoint as a file has it.
struct FileEndpoint: Sendable {
  var place: SchemaPlace
  var name: SchemaText
  /// Empty where there is none.
  var displayName: String
  var type: EndpointType
  var port: Int32
  /// `context` in legacy files.
  var basePath: SchemaText?
  /// Nil where it is not said.
  var visibilities: [NetworkVisibility]?
  var schemaFilePath: SchemaText?
}

/// An environment variable as a file has it.
struct FileVariable: Sendable {
  struct Reference: Sendable {
    var name: SchemaText
    var key: SchemaText
  }

  struct Form: Sendable {
    var displayName: SchemaText?
    var isRequired: Bool?
    var type: SchemaText?
  }

  var place: SchemaPlace
  var name: SchemaText
  var value: SchemaText?
  var connection: Reference?
  var configGroup: Reference?
  var form: Form?
}

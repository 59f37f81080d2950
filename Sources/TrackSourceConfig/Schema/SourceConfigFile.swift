import TrackDomain
import YAML

/// A source config of any kind, as far as it could be read.
struct SourceConfigFile: Sendable {
  var kind: SourceConfigKind
  var root: YAMLNode
  var endpoints: [FileEndpoint] = []
  /// From `configurations`, or else from `configuration`.
  var variables: [FileVariable] = []
  /// The value of `dependencies` in a legacy file.
  var serviceReferences: YAMLNode?

  private var place: SchemaPlace { SchemaPlace(path: "", node: root) }

  /// Values that the schema knows, and tracks do not have.
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

  /// Values that the schema knows, and component.yaml has no place for.
  var unusedPlaces: [SchemaPlace] {
    guard case .componentConfig = kind else { return [] }
    let spec = place["spec"]
    return [place["metadata"], spec?["build"], spec?["image"], spec?["configurations"]]
      .compactMap { $0 }
  }

  /// A `configuration` that is ignored because there are `configurations`.
  var formerConfiguration: SchemaPlace? {
    if !kind.isComponent || kind == .component(.v10) { return nil }
    return place["configurations"] == nil ? nil : place["configuration"]
  }
}

/// The kinds of files, newest first.
enum SourceConfigKind: Sendable, Hashable {
  case component(SchemaVersion)
  case componentConfig(ComponentConfigVersion)
  case endpoints

  var isNewest: Bool { self == .component(.newest) }

  var isComponent: Bool {
    if case .component = self { true } else { false }
  }

  /// The name in warnings.
  var description: String {
    switch self {
    case .component(let version): "component.yaml \(version.rawValue)"
    case .componentConfig(let version): "component-config.yaml \(version.rawValue)"
    case .endpoints: "endpoints.yaml"
    }
  }
}

extension SourceConfigKind {
  /// The visibility of endpoints that name none.
  var defaultVisibility: NetworkVisibility {
    self == .componentConfig(.v1alpha1) ? .project : .public
  }
}

/// The versions of component-config.yaml.
enum ComponentConfigVersion: String, Sendable, CaseIterable {
  case v1alpha1
  case v1beta1

  /// The value of the file's `apiVersion`.
  var apiVersion: String { "core.choreo.dev/\(rawValue)" }

  /// The key of the endpoints' visibility.
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

/// An endpoint of a file.
struct FileEndpoint: Sendable {
  var place: SchemaPlace
  var name: SchemaText
  /// Empty for none.
  var displayName: String
  var type: EndpointType
  var port: Int32
  /// `context` in legacy files.
  var basePath: SchemaText?
  /// Nil when the file names none.
  var visibilities: [NetworkVisibility]?
  var schemaFilePath: SchemaText?
}

/// An environment variable of a file.
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

import TrackDomain

/// An environment variable of a container.
struct ManifestVariable {
  private enum Source {
    case value(String)
    case secret(name: String, key: String)
    case configMap(name: String, key: String)
  }

  private let name: String
  private let source: Source

  /// Nil for a form without a value.
  private init?(_ variable: EnvironmentVariable) {
    name = variable.name
    switch variable.source {
    case .value(let text): source = .value(text)
    case .connection(let name, let key): source = .secret(name: name, key: key)
    case .configGroup(let name, let key): source = .configMap(name: name, key: key)
    case .form: return nil
    }
  }

  /// The variables of a container, by name: a user's replaces the source config's.
  static func effective(_ variables: [EnvironmentVariable]) -> [ManifestVariable] {
    var byName: [String: EnvironmentVariable] = [:]
    for variable in variables where byName[variable.name]?.origin != .user {
      byName[variable.name] = variable
    }
    return byName.sorted { $0.key < $1.key }.compactMap { ManifestVariable($0.value) }
  }

  func write(_ yaml: inout YAMLWriter) {
    yaml.field("name", name)
    switch source {
    case .value(let text):
      // Kubernetes replaces $(NAME), and $$ by $.
      yaml.field(
        "value",
        text.split(separator: "$", omittingEmptySubsequences: false)
          .joined(separator: "$$"))
    case .secret(let name, let key): reference("secretKeyRef", name, key, &yaml)
    case .configMap(let name, let key): reference("configMapKeyRef", name, key, &yaml)
    }
  }

  private func reference(_ kind: String, _ name: String, _ key: String, _ yaml: inout YAMLWriter) {
    yaml.map("valueFrom") { yaml in
      yaml.map(kind) { yaml in
        yaml.field("name", KubernetesName.reference(name))
        yaml.field("key", KubernetesName.key(key))
      }
    }
  }
}

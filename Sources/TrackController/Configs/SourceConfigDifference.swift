import TrackDomain

/// What a source config changes.
struct SourceConfigDifference {
  /// Endpoints first, then variables, by name.
  let changes: [SourceConfigChange]

  init(_ old: TrackConfigs, _ new: TrackConfigs) {
    changes =
      Self.changes(
        "endpoints", Self.ofSource(old.endpoints, \.name, \.origin),
        Self.ofSource(new.endpoints, \.name, \.origin))
      + Self.changes(
        "environment_variables", Self.ofSource(old.environmentVariables, \.name, \.origin),
        Self.ofSource(new.environmentVariables, \.name, \.origin))
  }

  private static func ofSource<Element>(
    _ elements: [Element], _ name: (Element) -> String, _ origin: (Element) -> EndpointOrigin
  ) -> [String: Element] {
    var found: [String: Element] = [:]
    for element in elements where origin(element) == .sourceConfig {
      found[name(element)] = element
    }
    return found
  }

  private static func changes<Element: Equatable>(
    _ collection: String, _ old: [String: Element], _ new: [String: Element]
  ) -> [SourceConfigChange] {
    Set(old.keys).union(new.keys).sorted().compactMap { name in
      let action: SourceConfigChange.Action? =
        switch (old[name], new[name]) {
        case (nil, _): .added
        case (_, nil): .removed
        case (let before, let after): before == after ? nil : .updated
        }
      return action.map { SourceConfigChange($0, "\(collection)/\(name)") }
    }
  }
}

import TrackDomain

/// The changes from one configuration to another.
struct ConfigDifference {
  /// Endpoints first, then API settings, then variables, by name.
  let changes: [ConfigChange]

  /// Of all elements that were changed, by collection and name.
  var paths: [String] { changes.map(\.target) }

  /// - Parameter origin: compares endpoints and variables of this origin only; nil compares all
  ///   parts.
  init(_ old: TrackConfigs, _ new: TrackConfigs, of origin: EndpointOrigin? = nil) {
    func counts(_ other: EndpointOrigin) -> Bool { origin == nil || other == origin }
    var changes = Self.changes(
      "endpoints/", Self.byName(old.endpoints.filter { counts($0.origin) }, \.name),
      Self.byName(new.endpoints.filter { counts($0.origin) }, \.name))
    if origin == nil {
      let settings = [old.apiSettings, new.apiSettings].map { settings in
        settings.map { ["": $0.inOrder] } ?? [:]
      }
      changes += Self.changes("api_settings", settings[0], settings[1])
    }
    changes += Self.changes(
      "environment_variables/",
      Self.byName(old.environmentVariables.filter { counts($0.origin) }, \.name),
      Self.byName(new.environmentVariables.filter { counts($0.origin) }, \.name))
    self.changes = changes
  }

  /// A name may have two elements: one of each origin.
  private static func byName<Element>(
    _ elements: [Element], _ name: (Element) -> String
  ) -> [String: [Element]] {
    Dictionary(grouping: elements, by: name)
  }

  private static func changes<Element: Equatable>(
    _ collection: String, _ old: [String: Element], _ new: [String: Element]
  ) -> [ConfigChange] {
    Set(old.keys).union(new.keys).sorted().compactMap { name in
      let action: ConfigChange.Action? =
        switch (old[name], new[name]) {
        case (nil, _): .added
        case (_, nil): .removed
        case (let before, let after): before == after ? nil : .updated
        }
      return action.map { ConfigChange($0, collection + name) }
    }
  }
}

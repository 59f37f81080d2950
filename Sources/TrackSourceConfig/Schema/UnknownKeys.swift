import YAML

/// Keys that a schema does not know and that nothing reads; most are misspelled or misplaced.
struct UnknownKeys {
  /// What happens to them.
  enum Fate: String {
    case notApplied = "is not applied"
    case leftOut = "is left out"
  }

  private let kind: SourceConfigKind
  private let fate: Fate

  /// Warns of each of them, in the order of the file.
  static func warn(
    of root: YAMLNode, as kind: SourceConfigKind, _ fate: Fate, _ warnings: inout WarningList
  ) {
    UnknownKeys(kind: kind, fate: fate)
      .warn(SchemaPlace(path: "", node: root), SchemaShape.of(kind), [], &warnings)
  }

  /// - Parameter route: the keys that lead to `node`, with `[]` for the elements of a list.
  private func warn(
    _ place: SchemaPlace, _ shape: SchemaShape, _ route: [String], _ warnings: inout WarningList
  ) {
    switch shape {
    case .leaf: break
    case .list(let element):
      for (index, node) in (place.node.elements ?? []).enumerated() {
        let place = SchemaPlace(path: "\(place.path)[\(index)]", node: node)
        warn(place, element, route + ["[]"], &warnings)
      }
    case .mapping(let keys):
      for entry in place.node.entries ?? [] {
        guard let known = keys.first(where: { $0.name == entry.key }) else {
          let path = place.path(WarningList.word(entry.key))
          warnings.add(path, entry.keyStart, sentence(entry.key, route, keys))
          continue
        }
        warn(
          SchemaPlace(path: place.path(entry.key), node: entry.value), known.shape,
          route + [entry.key], &warnings)
      }
    }
  }

  private func sentence(
    _ key: String, _ route: [String], _ known: [SchemaShape.Key]
  ) -> String {
    if let version = firstVersion(of: route + [key]) {
      return "is known from component.yaml \(version.rawValue) on only, and \(fate.rawValue)"
    }
    let nearest = NearestKey(SchemaShape.of(kind)).key(to: key, at: route)
    let hint =
      nearest.map { "the nearest known key is \($0)" }
      ?? "known there: " + known.map(\.name).joined(separator: ", ")
    return "is not known in \(kind.description), and \(fate.rawValue); \(hint)"
  }

  /// The first later version of component.yaml that knows the key.
  private func firstVersion(of route: [String]) -> SchemaVersion? {
    guard case .component(let version) = kind else { return nil }
    return SchemaVersion.allCases.drop { $0 != version }.dropFirst().first {
      SchemaShape.of(.component($0)).knows(route[...])
    }
  }
}

extension SchemaShape {
  fileprivate func knows(_ route: ArraySlice<String>) -> Bool {
    guard let first = route.first else { return true }
    return switch self {
    case .leaf: false
    case .list(let element): element.knows(route.dropFirst())
    case .mapping(let keys):
      keys.first { $0.name == first }?.shape.knows(route.dropFirst()) ?? false
    }
  }
}

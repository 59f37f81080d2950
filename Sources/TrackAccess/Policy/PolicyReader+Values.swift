import TrackDomain
import YAML

extension PolicyReader {
  // MARK: Scopes

  private static let scopeKeys: Set<String> = [
    "organization", "project", "component", "environment",
  ]

  mutating func scope(_ path: String, _ node: YAMLNode) -> PolicyScope {
    var scope = PolicyScope()
    if case .scalar("all", _) = node.content { return scope }
    guard let entries = node.entries else {
      report(
        path, node.start,
        "must be all, or hold organization, project, component or environment")
      return scope
    }
    _ = mapping(path, node, keys: Self.scopeKeys)
    if entries.isEmpty { report(path, node.start, "must not be empty: write all for everything") }
    for entry in entries {
      let ids = ids("\(path).\(entry.key)", entry.value)
      switch entry.key {
      case "organization": scope.organizations = ids
      case "project": scope.projects = ids
      case "component": scope.components = ids
      case "environment": scope.environments = ids
      default: break
      }
    }
    return scope
  }

  /// An id, or a list of ids.
  private mutating func ids(_ path: String, _ node: YAMLNode) -> Set<String> {
    var ids: Set<String> = []
    let isList = node.elements != nil
    let found = isList ? texts(path, node) : text(path, node).map { [($0, node.start)] } ?? []
    for (index, (id, position)) in found.enumerated() {
      let itemPath = isList ? "\(path)[\(index)]" : path
      do throws(InvalidValue) {
        _ = try Identifier.check(id)
      } catch {
        report(itemPath, position, error.description)
      }
      if !ids.insert(id).inserted { report(itemPath, position, "must not repeat \(id)") }
    }
    return ids
  }

  // MARK: Values

  /// The entries of a mapping; nil, reported, for other values.
  ///
  /// - Parameter keys: those that it may have; nil for any.
  mutating func mapping(
    _ path: String, _ node: YAMLNode, keys: Set<String>?
  ) -> [YAMLNode.Entry]? {
    guard let entries = node.entries else {
      report(path, node.start, "must be a mapping")
      return nil
    }
    if let keys {
      for entry in entries where !keys.contains(entry.key) {
        report(
          path.isEmpty ? entry.key : "\(path).\(entry.key)", entry.keyStart,
          "is not known here: there is \(keys.sorted().joined(separator: ", "))")
      }
    }
    return entries
  }

  /// The texts of a list that is not empty, with their places.
  mutating func texts(_ path: String, _ node: YAMLNode) -> [(String, YAMLPosition)] {
    guard let elements = node.elements else {
      report(path, node.start, "must be a list")
      return []
    }
    if elements.isEmpty { report(path, node.start, "must not be empty") }
    return elements.enumerated().compactMap { index, element in
      text("\(path)[\(index)]", element).map { ($0, element.start) }
    }
  }

  /// A text that is not empty.
  mutating func text(_ path: String, _ node: YAMLNode) -> String? {
    guard case .scalar(let text, _) = node.content, !node.isNull else {
      report(path, node.start, "must be a text")
      return nil
    }
    guard !text.isEmpty, text.utf8.count <= 1024 else {
      report(path, node.start, "must have 1 to 1024 bytes")
      return nil
    }
    return text
  }
}

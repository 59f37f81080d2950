import TrackDomain
import YAML

/// Reads values from a tree and collects violations: holds the schema's casts, and the wording of
/// all violations.
struct SchemaReader {
  /// The most violations that are listed; the others are counted.
  static let limit = 100

  private var violations: [SourceConfigViolation] = []
  private var total = 0
  /// The names of files in the order of the text, those of invalid endpoints included.
  private(set) var fileNames: [SchemaText] = []

  /// All violations, in the order of the file; nil when there are none.
  var error: SourceConfigError? {
    if total == 0 { return nil }
    let sorted = violations.sorted {
      ($0.line, $0.column, $0.path, $0.message) < ($1.line, $1.column, $1.path, $1.message)
    }
    return SourceConfigError(sorted, omitted: total - sorted.count)
  }

  mutating func fail(_ path: String, _ position: YAMLPosition, _ message: String) {
    total += 1
    guard violations.count < Self.limit else { return }
    violations.append(
      SourceConfigViolation(
        path: path, line: position.line, column: position.column, message: message))
  }

  mutating func fail(_ place: SchemaPlace, _ message: String) {
    fail(place.path, place.node.start, message)
  }

  // MARK: Collections

  /// The place, if it holds a mapping.
  mutating func mapping(_ place: SchemaPlace) -> SchemaPlace? {
    if place.node.entries != nil { return place }
    fail(place, "must be a mapping")
    return nil
  }

  /// The mapping under `key`; nil when there is none, which is a violation if it is required.
  mutating func mapping(
    _ key: String, in parent: SchemaPlace, isRequired: Bool = false
  ) -> SchemaPlace? {
    value(key, in: parent, isRequired: isRequired).flatMap { mapping($0) }
  }

  /// The elements of the sequence under `key`; nil when there is none.
  mutating func sequence(
    _ key: String, in parent: SchemaPlace, isRequired: Bool = false
  ) -> [SchemaPlace]? {
    guard let place = value(key, in: parent, isRequired: isRequired) else { return nil }
    guard let elements = place.node.elements else {
      fail(place, "must be a list")
      return nil
    }
    return elements.enumerated().map { index, node in
      SchemaPlace(path: "\(place.path)[\(index)]", node: node)
    }
  }

  /// The value under `key`; nil when there is none, which is a violation if it is required.
  mutating func value(
    _ key: String, in parent: SchemaPlace, isRequired: Bool
  ) -> SchemaPlace? {
    if let place = parent[key] { return place }
    if isRequired { fail(parent.path(key), parent.node.start, "is required") }
    return nil
  }

  // MARK: Scalars

  /// The text under `key`: any scalar but null, as it is written. A required text is not empty.
  mutating func text(
    _ key: String, in parent: SchemaPlace, isRequired: Bool = false
  ) -> SchemaText? {
    guard let place = value(key, in: parent, isRequired: isRequired),
      let text = text(place)
    else { return nil }
    if isRequired, text.value.isEmpty {
      fail(place, "is required")
      return nil
    }
    return text
  }

  /// The text under `key` as the name of a file.
  mutating func fileName(_ key: String, in parent: SchemaPlace) -> SchemaText? {
    let name = text(key, in: parent)
    if let name, !name.value.isEmpty { fileNames.append(name) }
    return name
  }

  mutating func text(_ place: SchemaPlace) -> SchemaText? {
    guard case .scalar(let text, _) = place.node.content, !place.node.isNull else {
      fail(place, "must be a text")
      return nil
    }
    return SchemaText(value: text, place: place)
  }

  /// The integer under `key`, which is required and lies between two excluded bounds.
  mutating func port(_ key: String, in parent: SchemaPlace) -> Int32? {
    guard let place = value(key, in: parent, isRequired: true) else { return nil }
    guard case .scalar(let text, _) = place.node.content, let number = SchemaNumber.parse(text)
    else {
      fail(place, "must be a number")
      return nil
    }
    guard number > 1000 else {
      fail(place, "must be greater than 1000")
      return nil
    }
    guard number < 65535 else {
      fail(place, "must be less than 65535")
      return nil
    }
    guard let port = Int32(exactly: number) else {
      fail(place, "must be a whole number")
      return nil
    }
    return port
  }

  /// The boolean under `key`; nil when there is none.
  mutating func flag(_ key: String, in parent: SchemaPlace) -> Bool? {
    guard let place = value(key, in: parent, isRequired: false) else { return nil }
    if case .scalar(let text, _) = place.node.content {
      switch text.lowercased() {
      case "true", "1": return true
      case "false", "0": return false
      default: break
      }
    }
    fail(place, "must be true or false")
    return nil
  }
}

/// A node, with the path that errors show.
struct SchemaPlace: Sendable {
  /// Such as `endpoints[0].service`; empty for the root.
  var path: String
  var node: YAMLNode

  func path(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value under a key of a mapping.
  subscript(key: String) -> SchemaPlace? {
    node.entry(key).map { SchemaPlace(path: path(key), node: $0.value) }
  }
}

/// A text, and its place.
struct SchemaText: Sendable {
  var value: String
  var place: SchemaPlace
}

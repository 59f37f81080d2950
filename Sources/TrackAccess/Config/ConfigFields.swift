import YAML

/// The fields of a mapping in a file of credentials, each read as what it has to be.
struct ConfigFields {
  private let node: YAMLNode
  private let what: String

  /// - Parameters:
  ///   - what: the mapping, for the words of errors: `an issuer`.
  ///   - allowed: the fields that it may have.
  init(_ node: YAMLNode, _ what: String, allowed: [String]) throws(AccessFileFault) {
    guard let entries = node.entries else {
      throw AccessFileFault(node.start, "\(what) has fields: \(allowed.joined(separator: ", "))")
    }
    for entry in entries where !allowed.contains(entry.key) {
      throw AccessFileFault(
        entry.keyStart,
        "\(what) has no field '\(entry.key)'; it has \(allowed.joined(separator: ", "))")
    }
    self.node = node
    self.what = what
  }

  var start: YAMLPosition { node.start }

  func has(_ name: String) -> Bool { node.entry(name) != nil }

  /// Where the value of a field stands.
  func place(_ name: String) -> YAMLPosition { node.entry(name)?.value.start ?? node.start }

  /// A text that is not empty.
  func text(_ name: String) throws(AccessFileFault) -> String {
    guard let value = node.entry(name)?.value else {
      throw AccessFileFault(node.start, "\(what) needs '\(name)'")
    }
    return try Self.text(value, name)
  }

  /// One text, or a list of one and more.
  func texts(_ name: String) throws(AccessFileFault) -> [String] {
    guard let value = node.entry(name)?.value, let elements = value.elements else {
      return [try text(name)]
    }
    guard !elements.isEmpty else { throw AccessFileFault(value.start, "'\(name)' is empty") }
    var texts: [String] = []
    for element in elements { texts.append(try Self.text(element, name)) }
    return texts
  }

  func elements(_ name: String) throws(AccessFileFault) -> [YAMLNode] {
    guard let elements = node.entry(name)?.value.elements else {
      throw AccessFileFault(place(name), "\(what) needs a list '\(name)'")
    }
    return elements
  }

  private static func text(_ node: YAMLNode, _ name: String) throws(AccessFileFault) -> String {
    guard case .scalar(let text, _) = node.content, !node.isNull, !text.isEmpty else {
      throw AccessFileFault(node.start, "'\(name)' has to be a text")
    }
    return text
  }
}

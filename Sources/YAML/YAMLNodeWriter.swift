/// Writes nodes in block style: two spaces, keys in their order, and texts in double quotes where
/// they could be taken for another type. The same node gives the same text.
public struct YAMLNodeWriter {
  private var output = ""

  /// A document that ends with a line feed.
  public static func write(_ node: YAMLNode) -> String {
    var writer = YAMLNodeWriter()
    switch node.content {
    case .mapping(let entries) where !entries.isEmpty: writer.write(entries, indentation: 0)
    case .sequence(let elements) where !elements.isEmpty: writer.write(elements, indentation: 0)
    case .scalar, .mapping, .sequence: writer.output += inline(node) + "\n"
    }
    return writer.output
  }

  private mutating func write(
    _ entries: [YAMLNode.Entry], indentation: Int, continuesLine: Bool = false
  ) {
    for (index, entry) in entries.enumerated() {
      if index > 0 || !continuesLine { indent(indentation) }
      output += Self.scalar(entry.key, isPlain: false) + ":"
      writeValue(entry.value, indentation: indentation)
    }
  }

  private mutating func write(_ elements: [YAMLNode], indentation: Int) {
    for element in elements {
      indent(indentation)
      output += "-"
      if case .mapping(let entries) = element.content, !entries.isEmpty {
        output += " "
        write(entries, indentation: indentation + 2, continuesLine: true)
      } else {
        writeValue(element, indentation: indentation)
      }
    }
  }

  /// The value behind a colon or a dash that stands at `indentation`.
  private mutating func writeValue(_ node: YAMLNode, indentation: Int) {
    switch node.content {
    case .mapping(let entries) where !entries.isEmpty:
      output += "\n"
      write(entries, indentation: indentation + 2)
    case .sequence(let elements) where !elements.isEmpty:
      output += "\n"
      write(elements, indentation: indentation + 2)
    case .scalar, .mapping, .sequence:
      output += " " + Self.inline(node) + "\n"
    }
  }

  private mutating func indent(_ spaces: Int) {
    output += String(repeating: " ", count: spaces)
  }

  /// A scalar or an empty collection.
  private static func inline(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let text, let isPlain): scalar(text, isPlain: isPlain)
    case .sequence: "[]"
    case .mapping: "{}"
    }
  }

  private static func scalar(_ text: String, isPlain: Bool) -> String {
    if isPlain, text.isEmpty { return "null" }
    let mayBePlain = isPlain || !YAMLScalar.mayBeRetyped(text)
    return mayBePlain && YAMLScalar.canBePlain(text) ? text : YAMLScalar.quoted(text)
  }
}

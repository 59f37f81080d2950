/// One node of a document, with aliases and merge keys resolved.
public struct YAMLNode: Sendable {
  public enum Content: Sendable {
    /// - Parameter isPlain: whether the schema decides on its type: `1.0` is a number, `"1.0"` a
    ///   text.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    case mapping([Entry])
  }

  public struct Entry: Sendable {
    public var key: String
    public var keyStart: YAMLPosition
    public var keyEnd: YAMLPosition
    public var value: YAMLNode
  }

  public let content: Content
  public var start: YAMLPosition
  /// Behind the last character, for scalars; for collections the start.
  public var end: YAMLPosition
  /// Whether it has an anchor or a tag, or comes from an alias.
  public var isDecorated: Bool
  /// Of the node with everything in it.
  let size: YAMLSize

  public init(
    _ content: Content, start: YAMLPosition = .start, end: YAMLPosition = .start,
    isDecorated: Bool = false
  ) {
    self.content = content
    self.start = start
    self.end = end
    self.isDecorated = isDecorated
    self.size = YAMLSize(content)
  }

  // MARK: Making

  /// A text, even if it looks like another type.
  public static func text(_ text: String) -> YAMLNode { YAMLNode(.scalar(text, isPlain: false)) }

  /// A number.
  public static func number(_ text: String) -> YAMLNode { YAMLNode(.scalar(text, isPlain: true)) }

  public static func mapping(_ entries: [(String, YAMLNode)]) -> YAMLNode {
    YAMLNode(
      .mapping(
        entries.map { Entry(key: $0.0, keyStart: .start, keyEnd: .start, value: $0.1) }))
  }

  // MARK: Reading

  public var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  public var elements: [YAMLNode]? {
    if case .sequence(let elements) = content { elements } else { nil }
  }

  /// Whether it is YAML's null, in any notation.
  public var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  public func entry(_ key: String) -> Entry? {
    entries?.first { $0.key == key }
  }

  /// Whether both have the same meaning, in any notation and at any place.
  public func means(_ other: YAMLNode) -> Bool {
    switch (content, other.content) {
    case (.scalar(let text, let isPlain), .scalar(let otherText, let isOtherPlain)):
      let isText = !isPlain || !YAMLScalar.mayBeRetyped(text)
      let isOtherText = !isOtherPlain || !YAMLScalar.mayBeRetyped(otherText)
      return text == otherText && isText == isOtherText
    case (.sequence(let elements), .sequence(let others)):
      return elements.count == others.count
        && zip(elements, others).allSatisfy { $0.means($1) }
    case (.mapping(let entries), .mapping(let others)):
      return entries.count == others.count
        && zip(entries, others).allSatisfy { $0.key == $1.key && $0.value.means($1.value) }
    case (.scalar, _), (.sequence, _), (.mapping, _):
      return false
    }
  }
}

/// The size of a node with everything in it.
struct YAMLSize: Sendable {
  var nodes = 1
  /// Levels below it, to the deepest node; 0 for a scalar.
  var depth = 0
  var textBytes = 0

  init(_ content: YAMLNode.Content) {
    switch content {
    case .scalar(let text, _):
      textBytes = text.utf8.count
    case .sequence(let elements):
      depth = 1
      for element in elements { add(element.size) }
    case .mapping(let entries):
      depth = 1
      for entry in entries {
        textBytes += entry.key.utf8.count
        add(entry.value.size)
      }
    }
  }

  private mutating func add(_ size: YAMLSize) {
    nodes += size.nodes
    textBytes += size.textBytes
    depth = max(depth, size.depth + 1)
  }
}

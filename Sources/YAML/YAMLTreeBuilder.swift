/// Builds the tree of the only document of a text, within limits.
public struct YAMLTreeBuilder: ~Copyable {
  /// A fault that does not prevent reading: a repeated key.
  public struct Problem: Sendable {
    public var path: String
    public var error: YAMLError
  }

  private let limits: YAMLLimits
  private var parser: YAMLParser
  private var anchors: [String: YAMLNode] = [:]
  private var openAnchors: Set<String> = []
  private var nodes = 0
  private var textBytes = 0
  /// The keys and `[n]` that lead to the current node.
  private var path: [String] = []
  private var problems: [Problem] = []

  /// The tree of `bytes`, and its repeated keys. A text without a document is null.
  public static func read(
    _ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) -> (root: YAMLNode, problems: [Problem]) {
    let text = try YAMLText.check(bytes, limits)
    var builder = YAMLTreeBuilder(limits, try YAMLParser(text))
    let root = try builder.document()
    return (root, builder.problems)
  }

  private init(_ limits: YAMLLimits, _ parser: consuming YAMLParser) {
    self.limits = limits
    self.parser = parser
  }

  private mutating func document() throws(YAMLError) -> YAMLNode {
    guard case .documentStart = try parser.next().event else {
      return YAMLNode(.scalar("", isPlain: true))
    }
    let root = try node(try parser.next(), depth: 0)
    _ = try parser.next()
    let after = try parser.next()
    guard case .streamEnd = after.event else {
      throw YAMLError(position: after.start, message: "must be a single document")
    }
    return root
  }

  // MARK: Nodes

  private mutating func node(
    _ token: YAMLToken, depth: Int
  ) throws(YAMLError) -> YAMLNode {
    switch token.event {
    case .alias(let name):
      return try target(of: name, token, depth: depth)
    case .scalar(let text, let isPlain, let properties):
      try count(nodes: 1, textBytes: text.utf8.count, at: token.start)
      let isPlain = try YAMLTag.isPlain(isPlain, properties.tag, at: token.start)
      return remember(
        YAMLNode(
          .scalar(text, isPlain: isPlain), start: token.start, end: token.end,
          isDecorated: properties.isPresent), properties)
    case .sequenceStart(let properties):
      try open(token, properties, YAMLTag.sequence, depth: depth)
      let elements = try elements(depth: depth + 1)
      return remember(collection(.sequence(elements), token, properties), properties)
    case .mappingStart(let properties):
      try open(token, properties, YAMLTag.mapping, depth: depth)
      let entries = try entries(depth: depth + 1)
      return remember(collection(.mapping(entries), token, properties), properties)
    case .documentStart, .documentEnd, .streamEnd, .sequenceEnd, .mappingEnd:
      throw YAMLError(position: token.start, message: "is not YAML: a node is missing")
    }
  }

  private func collection(
    _ content: YAMLNode.Content, _ token: YAMLToken, _ properties: YAMLEvent.Properties
  ) -> YAMLNode {
    YAMLNode(content, start: token.start, end: token.start, isDecorated: properties.isPresent)
  }

  private mutating func elements(depth: Int) throws(YAMLError) -> [YAMLNode] {
    var elements: [YAMLNode] = []
    while true {
      let token = try parser.next()
      if case .sequenceEnd = token.event { return elements }
      path.append("[\(elements.count)]")
      elements.append(try node(token, depth: depth))
      path.removeLast()
    }
  }

  private mutating func entries(depth: Int) throws(YAMLError) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var merged: [YAMLNode] = []
    var keys: Set<String> = []
    while true {
      let token = try parser.next()
      if case .mappingEnd = token.event { break }
      let (key, isMerge) = try key(token)
      path.append(key)
      defer { path.removeLast() }
      let value = try node(try parser.next(), depth: depth)
      if !keys.insert(key).inserted {
        reportRepetition(token.start)
      } else if isMerge {
        merged = try YAMLMerge.sources(value)
      } else {
        entries.append(
          YAMLNode.Entry(key: key, keyStart: token.start, keyEnd: token.end, value: value))
      }
    }
    return YAMLMerge.merge(merged, into: entries)
  }

  private mutating func reportRepetition(_ position: YAMLPosition) {
    guard problems.count <= limits.problems else { return }
    let text = path.reduce(into: "") { text, part in
      text += text.isEmpty || part.hasPrefix("[") ? part : "." + part
    }
    let error = YAMLError(position: position, message: "must not repeat the key")
    problems.append(Problem(path: text, error: error))
  }

  private mutating func key(_ token: YAMLToken) throws(YAMLError) -> (String, isMerge: Bool) {
    guard case .scalar(let key, let isPlain, let properties) = token.event else {
      throw YAMLError(position: token.start, message: "must have texts as keys")
    }
    guard key.unicodeScalars.count <= limits.keyLength else {
      throw YAMLError(
        position: token.start,
        message: "must have keys of at most \(limits.keyLength) characters")
    }
    try count(nodes: 0, textBytes: key.utf8.count, at: token.start)
    let isText = try !YAMLTag.isPlain(isPlain, properties.tag, at: token.start)
    _ = remember(
      YAMLNode(.scalar(key, isPlain: !isText), start: token.start, end: token.end), properties)
    return (key, !isText && key == "<<")
  }

  // MARK: Anchors

  private mutating func open(
    _ token: YAMLToken, _ properties: YAMLEvent.Properties, _ tags: Set<String>, depth: Int
  ) throws(YAMLError) {
    try count(nodes: 1, textBytes: 0, at: token.start)
    try check(depth: depth + 1, at: token.start)
    if let tag = properties.tag, !tags.contains(tag) {
      throw YAMLError(position: token.start, message: "must not have the tag \(tag)")
    }
    if let anchor = properties.anchor { openAnchors.insert(anchor) }
  }

  private mutating func remember(
    _ node: YAMLNode, _ properties: YAMLEvent.Properties
  ) -> YAMLNode {
    if let anchor = properties.anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = node
    }
    return node
  }

  private mutating func target(
    of name: String, _ token: YAMLToken, depth: Int
  ) throws(YAMLError) -> YAMLNode {
    if openAnchors.contains(name) {
      throw YAMLError(position: token.start, message: "must not hold itself by the alias \(name)")
    }
    guard let node = anchors[name] else {
      throw YAMLError(position: token.start, message: "has no anchor for the alias \(name)")
    }
    let size = node.size
    try check(depth: depth + size.depth, at: token.start)
    try count(nodes: size.nodes, textBytes: size.textBytes, at: token.start)
    return YAMLNode(node.content, start: token.start, end: token.end, isDecorated: true)
  }

  // MARK: Limits

  private mutating func count(
    nodes more: Int, textBytes moreBytes: Int, at position: YAMLPosition
  ) throws(YAMLError) {
    nodes += more
    textBytes += moreBytes
    guard nodes <= limits.nodes else {
      throw YAMLError(
        position: position,
        message: "must have at most \(limits.nodes) values, what aliases stand for included")
    }
    guard textBytes <= limits.textBytes else {
      throw YAMLError(
        position: position,
        message: "must have at most \(limits.textBytes) bytes of text, what aliases stand for "
          + "included")
    }
  }

  private func check(depth: Int, at position: YAMLPosition) throws(YAMLError) {
    guard depth <= limits.depth else {
      throw YAMLError(
        position: position, message: "must not be nested deeper than \(limits.depth) levels")
    }
  }
}

extension YAMLEvent.Properties {
  /// Whether there is an anchor or a tag.
  var isPresent: Bool { anchor != nil || tag != nil }
}

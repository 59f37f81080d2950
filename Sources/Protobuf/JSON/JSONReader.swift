/// Reads a message's JSON; used by generated code and by the well-known types.
public struct JSONReader {
  var scanner: JSONScanner
  let options: JSONDecodingOptions
  private var depth = 0
  private var elementsLeft: Int
  private struct OpenObject {
    var hasMember = false
    /// Whether the object is an `Any`'s: its `@type` is not a field of the message.
    let hasType: Bool
    var typeSeen = false
  }

  private var openObjects: [OpenObject] = []
  private var nextObjectHasType = false

  init(_ bytes: [UInt8], options: JSONDecodingOptions) {
    scanner = JSONScanner(bytes)
    self.options = options
    elementsLeft = options.maxElements
  }

  func failure(_ reason: String) -> JSONDecodingError { scanner.failure(reason) }

  public func duplicateKey() -> JSONDecodingError { failure("a key is there twice") }

  /// Fails unless the whole text was read.
  mutating func end() throws(JSONDecodingError) {
    guard scanner.peek() == nil else { throw failure("text after the value") }
  }

  // MARK: Objects

  mutating func enter() throws(JSONDecodingError) {
    depth += 1
    guard depth <= options.depth else { throw failure("nested too deeply") }
  }

  mutating func leave() { depth -= 1 }

  private mutating func countElement() throws(JSONDecodingError) {
    guard elementsLeft > 0 else { throw failure("more than \(options.maxElements) elements") }
    elementsLeft -= 1
  }

  public mutating func beginObject() throws(JSONDecodingError) {
    try enter()
    guard scanner.take(UInt8(ascii: "{")) else { throw failure("an object expected") }
    openObjects.append(OpenObject(hasType: nextObjectHasType))
    nextObjectHasType = false
  }

  /// The next object is an `Any`'s: its member `@type`, which was read before, is skipped.
  mutating func expectType() { nextObjectHasType = true }

  /// The name of the object's next member, whose value comes next; nil when the object has ended.
  public mutating func nextName() throws(JSONDecodingError) -> String? {
    guard let name = try nextMember() else { return nil }
    let last = openObjects.count - 1
    guard name == "@type", openObjects[last].hasType else { return name }
    guard !openObjects[last].typeSeen else { throw duplicateKey() }
    openObjects[last].typeSeen = true
    try skipValue()
    return try nextMember()
  }

  private mutating func nextMember() throws(JSONDecodingError) -> String? {
    if scanner.take(UInt8(ascii: "}")) {
      openObjects.removeLast()
      leave()
      return nil
    }
    let last = openObjects.count - 1
    if openObjects[last].hasMember { try scanner.expect(UInt8(ascii: ",")) }
    openObjects[last].hasMember = true
    try countElement()
    let name = try scanner.string()
    try scanner.expect(UInt8(ascii: ":"))
    return name
  }

  /// Begins a field's value. Each field may occur once, and one field of a oneof.
  ///
  /// - Returns: false for null, which is read and means that the field is absent, unless `hasNull`.
  public mutating func begin(
    _ number: Int32, _ seen: inout JSONFieldSet, oneof: Int32? = nil, hasNull: Bool = false
  ) throws(JSONDecodingError) -> Bool {
    guard seen.insert(number) else { throw failure("a field is there twice") }
    if !hasNull && scanner.take("null") { return false }
    if let oneof {
      guard seen.insert(oneof: oneof) else { throw failure("two fields of a oneof") }
    }
    return true
  }

  /// Skips a member without a field, if that is allowed.
  public mutating func skipUnknown(_ name: String) throws(JSONDecodingError) {
    guard options.ignoresUnknownFields else { throw failure("there is no field '\(name)'") }
    try skipValue()
  }

  /// Reads the values of an array.
  public mutating func elements(
    _ body: (inout JSONReader) throws(JSONDecodingError) -> Void
  ) throws(JSONDecodingError) {
    try enter()
    guard scanner.take(UInt8(ascii: "[")) else { throw failure("an array expected") }
    if !scanner.take(UInt8(ascii: "]")) {
      repeat {
        try countElement()
        try body(&self)
      } while scanner.take(UInt8(ascii: ","))
      try scanner.expect(UInt8(ascii: "]"))
    }
    leave()
  }

  /// Reads the entries of a map; the body reads the value.
  public mutating func entries(
    _ body: (String, inout JSONReader) throws(JSONDecodingError) -> Void
  ) throws(JSONDecodingError) {
    try beginObject()
    while let key = try nextName() { try body(key, &self) }
  }

  public mutating func message<M: Message>(_ type: M.Type) throws(JSONDecodingError) -> M {
    try M(json: &self)
  }

  /// Skips one value of any kind.
  mutating func skipValue() throws(JSONDecodingError) {
    switch scanner.peek() {
    case UInt8(ascii: "{"):
      var names: Set<String> = []
      try entries { (name, reader) throws(JSONDecodingError) in
        guard names.insert(name).inserted else { throw reader.duplicateKey() }
        try reader.skipValue()
      }
    case UInt8(ascii: "["):
      try elements { (reader) throws(JSONDecodingError) in try reader.skipValue() }
    case UInt8(ascii: "\""):
      _ = try scanner.string()
    case UInt8(ascii: "t"), UInt8(ascii: "f"):
      _ = try bool()
    case UInt8(ascii: "n"):
      guard scanner.take("null") else { throw failure("a value expected") }
    default:
      _ = try scanner.number()
    }
  }
}

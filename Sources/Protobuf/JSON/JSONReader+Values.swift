import Wire

extension JSONReader {
  public mutating func string() throws(JSONDecodingError) -> String { try scanner.string() }

  public mutating func bool() throws(JSONDecodingError) -> Bool {
    if scanner.take("true") { return true }
    if scanner.take("false") { return false }
    if options.takesStringsForBooleans {
      if scanner.take("\"true\"") { return true }
      if scanner.take("\"false\"") { return false }
    }
    throw failure("true or false expected")
  }

  public mutating func bytes() throws(JSONDecodingError) -> [UInt8] {
    let text = try scanner.string()
    guard let bytes = Base64.json.decode(text.utf8.span) else { throw failure("bad base64") }
    return bytes
  }

  public mutating func int32() throws(JSONDecodingError) -> Int32 { try integer() }
  public mutating func int64() throws(JSONDecodingError) -> Int64 { try integer() }
  public mutating func uint32() throws(JSONDecodingError) -> UInt32 { try integer() }
  public mutating func uint64() throws(JSONDecodingError) -> UInt64 { try integer() }

  public mutating func double() throws(JSONDecodingError) -> Double {
    let text = try numberOrString()
    switch text {
    case "NaN": return .nan
    case "Infinity": return .infinity
    case "-Infinity": return -.infinity
    default:
      guard JSONNumber.isNumber(text), let value = Double(text) else {
        throw failure("a number expected")
      }
      guard value.isFinite else { throw failure("a number out of range") }
      return value
    }
  }

  public mutating func float() throws(JSONDecodingError) -> Float {
    let value = try double()
    let narrow = Float(value)
    guard narrow.isFinite || !value.isFinite else { throw failure("a number out of range") }
    return narrow
  }

  /// A value by its name or number; nil if the name is unknown and may be ignored.
  public mutating func enumeration<E: Enumeration>(
    _ type: E.Type
  ) throws(JSONDecodingError) -> E? {
    if type == NullValue.self, scanner.take("null") { return E() }
    guard scanner.peek() == UInt8(ascii: "\"") else { return E(rawValue: try int32()) }
    let name = try scanner.string()
    if let value = E(name: name) { return value }
    guard options.ignoresUnknownFields else {
      throw failure("\(E.fullName) has no value '\(name)'")
    }
    return nil
  }

  private mutating func integer<T: FixedWidthInteger>() throws(JSONDecodingError) -> T {
    try parse(try numberOrString())
  }

  private mutating func numberOrString() throws(JSONDecodingError) -> Substring {
    scanner.peek() == UInt8(ascii: "\"") ? Substring(try scanner.string()) : try scanner.number()
  }

  private func parse<T: FixedWidthInteger>(_ text: Substring) throws(JSONDecodingError) -> T {
    guard JSONNumber.isNumber(text) else { throw failure("an integer expected") }
    guard let value: T = JSONNumber.integer(text) else {
      throw failure("an integer out of range, or not an integer")
    }
    return value
  }

  // MARK: Keys of maps

  public func stringKey(_ key: String) throws(JSONDecodingError) -> String { key }
  public func int32Key(_ key: String) throws(JSONDecodingError) -> Int32 { try parse(key[...]) }
  public func int64Key(_ key: String) throws(JSONDecodingError) -> Int64 { try parse(key[...]) }
  public func uint32Key(_ key: String) throws(JSONDecodingError) -> UInt32 { try parse(key[...]) }
  public func uint64Key(_ key: String) throws(JSONDecodingError) -> UInt64 { try parse(key[...]) }

  public func boolKey(_ key: String) throws(JSONDecodingError) -> Bool {
    switch key {
    case "true": return true
    case "false": return false
    default: throw failure("true or false expected")
    }
  }
}

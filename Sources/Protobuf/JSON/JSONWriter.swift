import Wire

/// Writes JSON. Generated code and the well-known types write messages with it. Other callers must
/// alternate names and values, and begin and end collections, as JSON requires.
public struct JSONWriter {
  /// The text so far.
  public private(set) var bytes: [UInt8] = []
  let options: JSONEncodingOptions
  private var needsComma = false
  private var depth = 0
  private var announcedType: String?

  public init(options: JSONEncodingOptions = JSONEncodingOptions()) { self.options = options }

  public var writesDefaults: Bool { options.writesDefaults }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func open(_ byte: UInt8) {
    separate()
    bytes.append(byte)
    needsComma = false
  }

  private mutating func close(_ byte: UInt8) {
    bytes.append(byte)
    needsComma = true
  }

  public mutating func beginObject() {
    open(UInt8(ascii: "{"))
    guard let url = announcedType else { return }
    announcedType = nil
    key("@type")
    value(url)
  }

  /// The next object is an `Any`'s, and begins with its type.
  mutating func announceType(_ url: String) { announcedType = url }

  public mutating func endObject() { close(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// A member's name; its value is written next.
  public mutating func name(_ jsonName: String, _ protoName: String) {
    key(options.usesProtoNames ? protoName : jsonName)
  }

  public mutating func key(_ key: String) {
    value(key)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func key<T: FixedWidthInteger>(_ key: T) { self.key(String(key)) }
  public mutating func key(_ key: Bool) { self.key(key ? "true" : "false") }

  mutating func raw(_ text: String) {
    separate()
    bytes += text.utf8
  }

  // MARK: Values

  public mutating func message<M: Message>(_ message: M) throws(JSONEncodingError) {
    depth += 1
    guard depth <= 200 else { throw JSONEncodingError(reason: "nested too deeply") }
    try message.write(json: &self)
    depth -= 1
  }

  public mutating func null() { raw("null") }
  public mutating func value(_ value: Bool) { raw(value ? "true" : "false") }
  public mutating func value(_ value: Int32) { raw(String(value)) }
  public mutating func value(_ value: UInt32) { raw(String(value)) }
  /// 64-bit integers are strings: JavaScript's numbers would round them.
  public mutating func value(_ value: Int64) { raw("\"\(value)\"") }
  public mutating func value(_ value: UInt64) { raw("\"\(value)\"") }
  public mutating func value(_ value: Double) { floatingPoint(value) }
  /// The greatest float's shortest form is greater than the float: Google's Python refuses it.
  public mutating func value(_ value: Float) {
    value.magnitude == .greatestFiniteMagnitude
      ? floatingPoint(Double(value)) : floatingPoint(value)
  }

  public mutating func value(_ value: [UInt8]) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes += Base64.json.encode(value)
    bytes.append(UInt8(ascii: "\""))
  }

  public mutating func value<E: Enumeration>(_ value: E) {
    if E.self == NullValue.self {
      null()
    } else if !options.writesEnumsAsNumbers, let name = value.name {
      raw("\"\(name)\"")
    } else {
      raw(String(value.rawValue))
    }
  }

  public mutating func value(_ value: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0a: bytes += "\\n".utf8
      case 0x0d: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case 0..<0x20, 0x7f:
        let digits = String(byte, radix: 16)
        bytes += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func floatingPoint<T: BinaryFloatingPoint & LosslessStringConvertible>(
    _ value: T
  ) {
    if value.isNaN {
      raw("\"NaN\"")
    } else if value.isInfinite {
      raw(value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
    } else {
      let text = String(value)
      // A parser that takes -0 for an integer would lose its sign.
      let isNegativeZero = value == 0 && value.sign == .minus
      raw(text.hasSuffix(".0") && !isNegativeZero ? String(text.dropLast(2)) : text)
    }
  }
}

import Wire

/// Reads JSON as RFC 8259 has it and nothing beyond. Names of one object that are there twice are
/// refused, since readers differ in which one they take. Bounded in depth; time and memory go with
/// the length of the text.
struct JSONReader {
  struct Fault: Error, Equatable {}

  private static let mostDepth = 16
  /// Of one object: they are compared with each other.
  private static let mostMembers = 256

  private let bytes: [UInt8]
  private var position = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func read(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
    var reader = JSONReader(bytes)
    reader.skipBlanks()
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.position == bytes.count else { throw Fault() }
    return value
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(Fault) -> JSONValue {
    guard depth < Self.mostDepth, let first = next else { throw Fault() }
    switch first {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object(depth: Int) throws(Fault) -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    var names: Set<[UInt8]> = []
    skipBlanks()
    if take("}") { return .object([]) }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw Fault() }
      let name = try string()
      guard members.count < Self.mostMembers, names.insert(Array(name.utf8)).inserted else {
        throw Fault()
      }
      skipBlanks()
      guard take(":") else { throw Fault() }
      skipBlanks()
      members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
      skipBlanks()
    } while take(",")
    guard take("}") else { throw Fault() }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(Fault) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipBlanks()
    if take("]") { return .array([]) }
    repeat {
      skipBlanks()
      elements.append(try value(depth: depth + 1))
      skipBlanks()
    } while take(",")
    guard take("]") else { throw Fault() }
    return .array(elements)
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Fault) -> JSONValue {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes.span.extracting(position..<end).equals(word) else {
      throw Fault()
    }
    position = end
    return value
  }

  // MARK: Numbers

  /// `-0.5e+10`: no leading zeros, no plus sign, no bare point.
  private mutating func number() throws(Fault) -> String {
    let start = position
    _ = take("-")
    if take("0") {
      if let next, isDigit(next) { throw Fault() }
    } else {
      try digits()
    }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func digits() throws(Fault) {
    let start = position
    while let next, isDigit(next) { position += 1 }
    guard position > start else { throw Fault() }
  }

  private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  // MARK: Texts

  private mutating func string() throws(Fault) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: text, as: UTF8.self) else { throw Fault() }
        return text
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw Fault()
      default: text.append(byte)
      }
    }
    throw Fault()
  }

  private mutating func escape(into text: inout [UInt8]) throws(Fault) {
    guard let byte = next else { throw Fault() }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: try codePoint())
    default: throw Fault()
    }
  }

  /// One code point, of a surrogate pair where there is one; half a pair is no text.
  private mutating func codePoint() throws(Fault) -> [UInt8] {
    var number = try fourDigits()
    if (0xD800...0xDBFF).contains(number) {
      guard take("\\"), take("u") else { throw Fault() }
      let low = try fourDigits()
      guard (0xDC00...0xDFFF).contains(low) else { throw Fault() }
      number = 0x10000 + (number - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(number) else { throw Fault() }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func fourDigits() throws(Fault) -> UInt32 {
    var number: UInt32 = 0
    for _ in 0..<4 {
      guard let next, let digit = Hexadecimal.value(of: next) else { throw Fault() }
      number = number << 4 | UInt32(digit)
      position += 1
    }
    return number
  }

  // MARK: Bytes

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  private mutating func skipBlanks() {
    while let next, next == 0x20 || next == 0x09 || next == 0x0A || next == 0x0D { position += 1 }
  }
}

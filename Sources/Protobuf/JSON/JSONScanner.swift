/// Reads the tokens of a JSON text (RFC 8259) strictly: Foundation's parser rounds 64-bit integers
/// and drops duplicate names.
struct JSONScanner {
  let bytes: [UInt8]
  private(set) var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func failure(_ reason: String) -> JSONDecodingError {
    JSONDecodingError(reason: reason, offset: offset)
  }

  /// The next byte that is not white space, which stays unread; nil at the end.
  mutating func peek() -> UInt8? {
    while offset < bytes.count {
      let byte = bytes[offset]
      guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
      offset += 1
    }
    return nil
  }

  /// Reads `byte` if it comes next.
  mutating func take(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    offset += 1
    return true
  }

  mutating func expect(_ byte: UInt8) throws(JSONDecodingError) {
    guard take(byte) else {
      throw failure("'\(Character(Unicode.Scalar(byte)))' expected")
    }
  }

  /// Reads a literal, such as `null`, if it comes next.
  mutating func take(_ literal: StaticString) -> Bool {
    guard peek() != nil, offset + literal.utf8CodeUnitCount <= bytes.count else { return false }
    let text = literal.description.utf8
    guard bytes[offset..<offset + literal.utf8CodeUnitCount].elementsEqual(text) else {
      return false
    }
    offset += literal.utf8CodeUnitCount
    return true
  }

  // MARK: Numbers

  /// Reads a number; returns its text.
  mutating func number() throws(JSONDecodingError) -> Substring {
    guard peek() != nil else { throw failure("a number is missing") }
    let start = offset
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let integer = offset
    try digits()
    if bytes[integer] == UInt8(ascii: "0"), offset - integer > 1 {
      throw failure("a number may not start with 0")
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      try digits()
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[offset]) {
        offset += 1
      }
      try digits()
    }
    return Substring(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func digits() throws(JSONDecodingError) {
    let start = offset
    while offset < bytes.count, bytes[offset].isDigit { offset += 1 }
    guard offset > start else { throw failure("a digit is missing") }
  }

  // MARK: Strings

  /// Reads a string; returns it without quotes and escapes.
  mutating func string() throws(JSONDecodingError) -> String {
    guard take(UInt8(ascii: "\"")) else { throw failure("a string expected") }
    var text: [UInt8] = []
    var start = offset
    while true {
      guard offset < bytes.count else { throw failure("a string does not end") }
      let byte = bytes[offset]
      guard byte >= 0x20 else { throw failure("a control character in a string") }
      if byte == UInt8(ascii: "\"") {
        text += bytes[start..<offset]
        offset += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("a string is not valid UTF-8")
        }
        return string
      }
      offset += 1
      guard byte == UInt8(ascii: "\\") else { continue }
      text += bytes[start..<offset - 1]
      text += try escape()
      start = offset
    }
  }

  private mutating func escape() throws(JSONDecodingError) -> [UInt8] {
    guard offset < bytes.count else { throw failure("a string does not end") }
    let byte = bytes[offset]
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0c]
    case UInt8(ascii: "n"): return [0x0a]
    case UInt8(ascii: "r"): return [0x0d]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return try unicodeEscape()
    default: throw failure("an unknown escape in a string")
    }
  }

  private mutating func unicodeEscape() throws(JSONDecodingError) -> [UInt8] {
    var value = try hexadecimal()
    if value & 0xfc00 == 0xd800 {
      guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
        bytes[offset + 1] == UInt8(ascii: "u")
      else { throw failure("half of a surrogate pair in a string") }
      offset += 2
      let low = try hexadecimal()
      guard low & 0xfc00 == 0xdc00 else { throw failure("half of a surrogate pair in a string") }
      value = 0x10000 + (value & 0x3ff) << 10 + low & 0x3ff
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw failure("half of a surrogate pair in a string")
    }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws(JSONDecodingError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard offset < bytes.count, let digit = bytes[offset].hexadecimalValue else {
        throw failure("a bad \\u escape in a string")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var hexadecimalValue: UInt8? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

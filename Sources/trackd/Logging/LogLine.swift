import Wire

/// Writes one log line into a buffer: `time level message key=value ...`, or a JSON object.
///
/// Peers supply values too, so nothing in a value can start a line, a field or an escape sequence:
/// control characters are escaped, and a text value is quoted unless all its characters are plain.
/// Long values are cut, so that few bytes of a peer cannot fill a disk.
struct LogLine: ~Copyable {
  private var buffer: ByteBuffer
  private let format: LogFormat

  /// - Parameters:
  ///   - buffer: the line is appended to it; `finish` gives it back.
  ///   - timestamp: RFC 3339 in UTC.
  init(
    appendingTo buffer: consuming ByteBuffer, format: LogFormat, timestamp: borrowing LogTime,
    level: LogLevel, message: StaticString
  ) {
    self.buffer = consume buffer
    self.format = format
    switch format {
    case .text:
      timestamp.append(to: &self.buffer)
      self.buffer.append(UInt8(ascii: " "))
      self.buffer.append(level.rawValue)
      self.buffer.append(UInt8(ascii: " "))
      literal(message)
    case .json:
      literal("{\"time\":\"")
      timestamp.append(to: &self.buffer)
      literal("\",\"level\":\"")
      self.buffer.append(level.rawValue)
      literal("\",\"message\":\"")
      literal(message)
      literal("\"")
    }
  }

  /// Ends the line and gives the buffer back.
  consuming func finish() -> ByteBuffer {
    if format == .json { buffer.append(UInt8(ascii: "}")) }
    buffer.append(UInt8(ascii: "\n"))
    return buffer
  }

  /// The longest value that is written whole, in bytes.
  private static let longestValue = 512

  mutating func string(_ name: StaticString, _ value: String) {
    let value = value.utf8.count > Self.longestValue ? Self.cut(value) : value
    key(name)
    switch format {
    case .json: quoted(value)
    case .text:
      if Self.isPlain(value.utf8.span) {
        buffer.append(value)
      } else {
        quoted(value)
      }
    }
  }

  mutating func integer(_ name: StaticString, _ value: Int64) {
    key(name)
    decimal(value)
  }

  /// Adds a text that is known to be plain, such as the name of a code.
  mutating func plain(_ name: StaticString, _ value: StaticString) {
    key(name)
    if format == .json { buffer.append(UInt8(ascii: "\"")) }
    literal(value)
    if format == .json { buffer.append(UInt8(ascii: "\"")) }
  }

  /// Likewise, such as a name of protobuf's.
  mutating func plain(_ name: StaticString, _ value: String) {
    key(name)
    if format == .json { buffer.append(UInt8(ascii: "\"")) }
    buffer.append(value)
    if format == .json { buffer.append(UInt8(ascii: "\"")) }
  }

  private mutating func key(_ name: StaticString) {
    switch format {
    case .text:
      buffer.append(UInt8(ascii: " "))
      literal(name)
      buffer.append(UInt8(ascii: "="))
    case .json:
      literal(",\"")
      literal(name)
      literal("\":")
    }
  }

  private mutating func literal(_ text: StaticString) { buffer.append(text) }

  private static func cut(_ value: String) -> String {
    var end = value.utf8.index(value.startIndex, offsetBy: longestValue)
    // Does not cut inside a character.
    while value.utf8[end] & 0xC0 == 0x80 { value.utf8.formIndex(before: &end) }
    return value[..<end] + "..."
  }

  private mutating func quoted(_ value: String) {
    buffer.append(UInt8(ascii: "\""))
    if Self.needsNoEscape(value.utf8.span) {
      buffer.append(value)
    } else {
      escaped(value)
    }
    buffer.append(UInt8(ascii: "\""))
  }

  private mutating func escaped(_ value: String) {
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        buffer.append(UInt8(ascii: "\\"))
        for byte in scalar.utf8 { buffer.append(byte) }
      case "\0"..<" ", "\u{7F}"..."\u{9F}":
        let byte = UInt8(truncatingIfNeeded: scalar.value)
        literal("\\u00")
        buffer.append(Self.hexDigit(byte >> 4))
        buffer.append(Self.hexDigit(byte & 15))
      default: for byte in scalar.utf8 { buffer.append(byte) }
      }
    }
  }

  private mutating func decimal(_ value: Int64) {
    if value < 0 { buffer.append(UInt8(ascii: "-")) }
    buffer.append(decimal: value.magnitude)
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// Whether the bytes can stand between quotes as they are.
  private static func needsNoEscape(_ bytes: Span<UInt8>) -> Bool {
    OctetMarks.none(of: bytes) { word in
      controls(word) | OctetMarks.below(0x20, in: word) | quotes(word)
    }
  }

  /// Not empty, and every byte is plain.
  private static func isPlain(_ bytes: Span<UInt8>) -> Bool {
    !bytes.isEmpty
      && OctetMarks.none(of: bytes) { word in
        controls(word) | OctetMarks.below(0x21, in: word) | quotes(word)
          | OctetMarks.equal(to: UInt8(ascii: "="), in: word)
      }
  }

  /// DEL, and U+0080 to U+009F, which begin with 0xC2.
  private static func controls(_ word: UInt64) -> UInt64 {
    OctetMarks.equal(to: 0x7F, in: word) | OctetMarks.equal(to: 0xC2, in: word)
  }

  private static func quotes(_ word: UInt64) -> UInt64 {
    OctetMarks.equal(to: UInt8(ascii: "\""), in: word)
      | OctetMarks.equal(to: UInt8(ascii: "\\"), in: word)
  }
}

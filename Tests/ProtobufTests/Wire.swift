/// Makes wire bytes by hand.
enum Wire {
  static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func tag(_ number: UInt64, _ wireType: UInt64) -> [UInt8] {
    varint(number << 3 | wireType)
  }

  static func field(_ number: UInt64, _ value: UInt64) -> [UInt8] {
    tag(number, 0) + varint(value)
  }

  static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
    tag(number, 2) + varint(UInt64(content.count)) + content
  }

  static func group(_ number: UInt64, _ content: [UInt8] = []) -> [UInt8] {
    tag(number, 3) + content + tag(number, 4)
  }

  /// `depth` messages, each nested in the field `number` of the one around it.
  static func nested(_ number: UInt64, depth: Int) -> [UInt8] {
    (0..<depth).reduce(into: []) { bytes, _ in bytes = field(number, bytes) }
  }
}

import Wire

/// A UUID (RFC 9562), as two numbers instead of a text.
public struct UniqueID: Sendable, Hashable, CustomStringConvertible {
  public let high: UInt64
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// A random one (version 4).
  public static func random() -> UniqueID {
    var generator = SystemRandomNumberGenerator()
    return UniqueID(
      high: generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
      low: generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }

  /// Reads 32 hexadecimal digits of either case in groups of 8, 4, 4, 4 and 12; any version.
  public init?(_ text: some StringProtocol) {
    let text = String(text)
    self.init(text.utf8.span)
  }

  private init?(_ text: Span<UInt8>) {
    guard text.count == 36 else { return nil }
    var digits = 0
    var halves: (high: UInt64, low: UInt64) = (0, 0)
    for position in text.indices {
      let byte = text[position]
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard let digit = Hexadecimal.value(of: byte) else { return nil }
        if digits < 16 {
          halves.high = halves.high << 4 | UInt64(digit)
        } else {
          halves.low = halves.low << 4 | UInt64(digit)
        }
        digits += 1
      }
    }
    self.init(high: halves.high, low: halves.low)
  }

  public var isZero: Bool { high == 0 && low == 0 }

  /// The 16 bytes in network order.
  public var bytes: [UInt8] {
    (0..<16).map { index in
      UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index % 8)))
    }
  }

  /// Lower-case hexadecimal digits in groups of 8, 4, 4, 4 and 12.
  public var description: String {
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (index, byte) in bytes.enumerated() {
      if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
      text.append(Hexadecimal.digit(byte >> 4))
      text.append(Hexadecimal.digit(byte & 0xF))
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// What the octets of header fields are (RFC 9113 section 8.2.1). Eight are looked at in one step: the
/// formulas are those of "Bit Twiddling Hacks", exact as to whether any of the eight is meant.
enum Octets {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Nothing but what a field's name has: no controls, blanks, upper case, colons, nor beyond ASCII.
  static func areName(_ octets: Span<UInt8>) -> Bool {
    none(of: octets) { word in
      isBelow(word, 0x21) | isAbove(word, 0x7E) | isBetween(word, 0x40, 0x5B)
        | isBelow(word ^ ones &* UInt64(UInt8(ascii: ":")), 1)
    }
  }

  /// A slash, and no controls or blanks behind it.
  static func arePath(_ octets: Span<UInt8>) -> Bool {
    guard !octets.isEmpty, octets[0] == UInt8(ascii: "/") else { return false }
    return none(of: octets) { isBelow($0, 0x21) | isBelow($0 ^ ones &* 0x7F, 1) }
  }

  /// False when there are surely none.
  static func mayHaveControls(_ octets: Span<UInt8>) -> Bool {
    !none(of: octets) { isBelow($0, 0x20) }
  }

  static func hasLineEnds(_ octets: Span<UInt8>) -> Bool {
    for index in octets.indices {
      switch octets[index] {
      case 0, UInt8(ascii: "\r"), UInt8(ascii: "\n"): return true
      default: break
      }
    }
    return false
  }

  static func haveUpperCase(_ octets: Span<UInt8>) -> Bool {
    for index in octets.indices where (0x41...0x5A).contains(octets[index]) { return true }
    return false
  }

  /// Digits alone; nil for anything else, and for a number that is too large.
  static func decimal(_ octets: Span<UInt8>) -> Int? {
    guard !octets.isEmpty else { return nil }
    var number = 0
    for index in octets.indices {
      guard (0x30...0x39).contains(octets[index]) else { return nil }
      let (tens, overflows) = number.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = tens.addingReportingOverflow(Int(octets[index] - 0x30))
      guard !overflows, !overflowsToo else { return nil }
      number = sum
    }
    return number
  }

  /// - Parameter marks: of eight octets; not 0 when one of them is meant.
  @inline(__always)
  private static func none(of octets: Span<UInt8>, _ marks: (UInt64) -> UInt64) -> Bool {
    unsafe octets.withUnsafeBytes { bytes in
      let count = bytes.count
      guard count >= 8 else {
        // Filled up with an octet that is never meant.
        var word = ones &* UInt64(UInt8(ascii: "a"))
        for offset in 0..<count { word = unsafe word << 8 | UInt64(bytes[offset]) }
        return marks(word) == 0
      }
      var offset = 0
      while offset < count - 8 {
        if marks(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) != 0 {
          return false
        }
        offset += 8
      }
      // The last eight, some of them once more.
      return marks(unsafe bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)) == 0
    }
  }

  /// Marks when one octet is below `limit`, which is 1 to 128.
  @inline(__always)
  private static func isBelow(_ word: UInt64, _ limit: UInt64) -> UInt64 {
    (word &- ones &* limit) & ~word & tops
  }

  /// Marks when one octet is above `limit`, which is 0 to 127.
  @inline(__always)
  private static func isAbove(_ word: UInt64, _ limit: UInt64) -> UInt64 {
    (word &+ ones &* (127 - limit) | word) & tops
  }

  /// Marks when one octet lies between two that are below 128.
  @inline(__always)
  private static func isBetween(_ word: UInt64, _ low: UInt64, _ high: UInt64) -> UInt64 {
    let low7 = word & ~tops
    return (ones &* (127 + high) &- low7) & ~word & (low7 &+ ones &* (127 - low)) & tops
  }
}

extension Span<UInt8> {
  /// All but the blanks at either end.
  var withoutBlanks: Range<Int> {
    var start = 0
    var end = count
    while start < end, self[start].isBlank { start += 1 }
    while start < end, self[end - 1].isBlank { end -= 1 }
    return start..<end
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

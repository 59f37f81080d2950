import Wire

/// What the octets of header fields are (RFC 9113 section 8.2.1).
enum Octets {
  /// Whether they may be a field's name: no controls, blanks, upper case or colons, nothing beyond
  /// ASCII.
  static func areName(_ octets: Span<UInt8>) -> Bool {
    OctetMarks.none(of: octets) { word in
      OctetMarks.below(0x21, in: word) | OctetMarks.above(0x7E, in: word)
        | OctetMarks.between(0x40, 0x5B, in: word)
        | OctetMarks.equal(to: UInt8(ascii: ":"), in: word)
    }
  }

  /// A slash, and no controls or blanks behind it.
  static func arePath(_ octets: Span<UInt8>) -> Bool {
    guard !octets.isEmpty, octets[0] == UInt8(ascii: "/") else { return false }
    return OctetMarks.none(of: octets) { word in
      OctetMarks.below(0x21, in: word) | OctetMarks.equal(to: 0x7F, in: word)
    }
  }

  /// False when there are surely none.
  static func mayHaveControls(_ octets: Span<UInt8>) -> Bool {
    !OctetMarks.none(of: octets) { OctetMarks.below(0x20, in: $0) }
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

  /// The number that the digits are; nil for anything else, and for a number that is too large.
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
}

extension Span<UInt8> {
  @inline(__always)
  var hasBlankEnds: Bool { count > 0 && (self[0].isBlank || self[count - 1].isBlank) }

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
  @inline(__always)
  fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

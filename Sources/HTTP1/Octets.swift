import Wire

/// What the octets of a head may be (RFC 9110 section 5.6.2, RFC 3986).
enum Octets {
  /// Whether they are a token: a method, a field's name.
  static func areToken(_ octets: Span<UInt8>) -> Bool {
    guard !octets.isEmpty else { return false }
    for index in octets.indices where !isToken(octets[index]) { return false }
    return true
  }

  private static func isToken(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"),
      UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "_"),
      UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// Whether they may be a field's value: no control characters but tabs.
  static func areValue(_ octets: Span<UInt8>) -> Bool {
    for index in octets.indices where isControl(octets[index]) { return false }
    return true
  }

  static func isControl(_ octet: UInt8) -> Bool {
    octet < 0x20 && octet != UInt8(ascii: "\t") || octet == 0x7F
  }

  /// Whether they may be a host with its port, or nothing: no user, no path, no blank.
  static func areHost(_ octets: Span<UInt8>) -> Bool {
    for index in octets.indices {
      switch octets[index] {
      case 0...0x20, 0x7F..., UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "/"),
        UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "?"), UInt8(ascii: "@"),
        UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "{"),
        UInt8(ascii: "|"), UInt8(ascii: "}"):
        return false
      default: break
      }
    }
    return true
  }

  /// Whether they may be a path with its query, the slash aside: no controls, blanks or fragment.
  /// Octets beyond ASCII are taken, as over HTTP/2.
  static func arePath(_ octets: Span<UInt8>) -> Bool {
    for index in octets.indices {
      switch octets[index] {
      case 0...0x20, 0x7F, UInt8(ascii: "#"): return false
      default: break
      }
    }
    return true
  }

  /// At least one digit, and nothing else.
  static func areDigits(_ octets: Span<UInt8>) -> Bool {
    for index in octets.indices where !(0x30...0x39).contains(octets[index]) { return false }
    return !octets.isEmpty
  }

  /// The number that the digits are; nil for anything else, and for a number that is too large.
  static func decimal(_ octets: Span<UInt8>) -> Int? {
    guard areDigits(octets) else { return nil }
    var start = 0
    while start < octets.count - 1, octets[start] == 0x30 { start += 1 }
    guard octets.count - start <= 18 else { return nil }
    var number = 0
    for index in start..<octets.count {
      number = number * 10 + Int(octets[index] - 0x30)
    }
    return number
  }

  /// The same for hexadecimal digits.
  static func hexadecimal(_ octets: Span<UInt8>) -> Int? {
    guard !octets.isEmpty, octets.count <= 15 else { return nil }
    var number = 0
    for index in octets.indices {
      let octet = octets[index]
      switch octet {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | Int(octet - 0x30)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | Int(octet - 0x57)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | Int(octet - 0x37)
      default: return nil
      }
    }
    return number
  }

  /// Calls `body` for each part between commas, without the blanks around it.
  static func forEachListed(_ octets: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
    var start = 0
    for index in 0...octets.count where index == octets.count || octets[index] == comma {
      body(octets.extracting(withoutBlanks(octets, start..<index)))
      start = index + 1
    }
  }

  private static let comma = UInt8(ascii: ",")

  /// A range without the spaces and tabs at either end.
  static func withoutBlanks(_ octets: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, isBlank(octets[start]) { start += 1 }
    while start < end, isBlank(octets[end - 1]) { end -= 1 }
    return start..<end
  }

  static func isBlank(_ octet: UInt8) -> Bool {
    octet == UInt8(ascii: " ") || octet == UInt8(ascii: "\t")
  }

  static func lowercased(_ octets: Span<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(octets.count)
    for index in octets.indices {
      let octet = octets[index]
      let isUpperCase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet)
      text.append(isUpperCase ? octet | 0x20 : octet)
    }
    return text
  }
}

/// An address of the Internet Protocol, without a port and without a zone.
public enum IPAddress: Sendable, Hashable {
  /// In host byte order.
  case v4(UInt32)
  /// The halves of the address, big-endian read.
  case v6(high: UInt64, low: UInt64)

  /// Reads `192.0.2.1` or `2001:db8::1`, in no other form: not `127.1`, `0x7f000001` or `010.0.0.1`,
  /// which programs understand in several ways. Nil for anything else.
  public init?(_ text: some StringProtocol) {
    if let bits = Self.readV4(text) {
      self = .v4(bits)
    } else if let (high, low) = Self.readV6(text) {
      self = .v6(high: high, low: low)
    } else {
      return nil
    }
  }

  public var bitWidth: Int {
    switch self {
    case .v4: 32
    case .v6: 128
    }
  }

  /// The IPv4 address that an IPv6 one stands for: `::ffff:0:0/96` (RFC 4291, 2.5.5.2) and NAT64's
  /// `64:ff9b::/96` (RFC 6052).
  var embedded: IPAddress? {
    guard case .v6(let high, let low) = self else { return nil }
    guard (high == 0 && low >> 32 == 0xFFFF) || (high == 0x0064_FF9B_0000_0000 && low >> 32 == 0)
    else { return nil }
    return .v4(UInt32(truncatingIfNeeded: low))
  }

  // MARK: Reading

  private static func readV4(_ text: some StringProtocol) -> UInt32? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bits: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy({ (0x30...0x39).contains($0) }),
        part.count == 1 || part.first != 0x30
      else { return nil }
      let number = part.reduce(0) { $0 * 10 + UInt32($1 - 0x30) }
      guard number <= 255 else { return nil }
      bits = bits << 8 | number
    }
    return bits
  }

  private static func readV6(_ text: some StringProtocol) -> (high: UInt64, low: UInt64)? {
    guard text.utf8.count <= 45 else { return nil }
    let groups: [UInt16]
    let sides = Array(text.utf8).ranges(of: Array("::".utf8))
    if let gap = sides.first {
      let bytes = Array(text.utf8)
      guard sides.count == 1, let left = readGroups(bytes[..<gap.lowerBound], mayEndInV4: false),
        let right = readGroups(bytes[gap.upperBound...], mayEndInV4: true),
        left.count + right.count <= 7
      else { return nil }
      groups = left + [UInt16](repeating: 0, count: 8 - left.count - right.count) + right
    } else {
      guard let all = readGroups(Array(text.utf8)[...], mayEndInV4: true) else { return nil }
      groups = all
    }
    guard groups.count == 8 else { return nil }
    func half(_ groups: ArraySlice<UInt16>) -> UInt64 { groups.reduce(0) { $0 << 16 | UInt64($1) } }
    return (half(groups[..<4]), half(groups[4...]))
  }

  /// Groups of hexadecimal digits between colons; an IPv4 address at the end makes two groups.
  private static func readGroups(_ bytes: ArraySlice<UInt8>, mayEndInV4: Bool) -> [UInt16]? {
    if bytes.isEmpty { return [] }
    var parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count <= 8 else { return nil }
    var tail: [UInt16] = []
    if mayEndInV4, let last = parts.last, last.contains(UInt8(ascii: ".")) {
      guard let bits = readV4(String(decoding: last, as: UTF8.self)) else { return nil }
      tail = [UInt16(truncatingIfNeeded: bits >> 16), UInt16(truncatingIfNeeded: bits)]
      parts.removeLast()
    }
    var groups: [UInt16] = []
    for part in parts {
      guard (1...4).contains(part.count), part.allSatisfy(isHexDigit),
        let group = UInt16(String(decoding: part, as: UTF8.self), radix: 16)
      else { return nil }
      groups.append(group)
    }
    return groups + tail
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
  }
}

extension IPAddress: CustomStringConvertible {
  /// `192.0.2.1`, or `2001:db8::1` as RFC 5952 writes it.
  public var description: String {
    switch self {
    case .v4(let bits):
      return (0..<4).map { String(bits >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
    case .v6(let high, let low):
      let groups = (0..<8).map { index in
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> (48 - 16 * (index % 4)))
      }
      let gap = Self.longestZeros(groups)
      func text(_ part: ArraySlice<UInt16>) -> String {
        part.map { String($0, radix: 16) }.joined(separator: ":")
      }
      if gap.count < 2 { return text(groups[...]) }
      return text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }
  }

  /// The first of the longest runs of zeros.
  private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
    var (longest, start) = (0..<0, 0)
    for (index, group) in groups.enumerated() {
      if group != 0 { start = index + 1 }
      if index + 1 - start > longest.count { longest = start..<index + 1 }
    }
    return longest
  }
}

/// A reference to a container image, such as `registry.example:5000/team/app:1.2`: a name, then
/// optionally a tag, a digest or both.
///
/// The grammar is that of the distribution project's `reference` package. An IPv6 host stands in
/// brackets, without a zone; ports are 1 to 65535.
public struct ImageReference: Sendable, Hashable {
  /// The longest reference, in bytes: the longest name with the longest tag and digest.
  public static var maximumLength: Int { 255 + 129 + 136 }

  /// The host, if there is one, and the path.
  public let name: String
  /// Empty for none.
  public let tag: String
  /// With its algorithm; empty for none.
  public let digest: String

  public init(_ text: String) throws(InvalidValue) {
    guard !text.isEmpty else { throw Self.invalid("must not be empty") }
    guard text.utf8.count <= Self.maximumLength else {
      throw Self.invalid("must have at most \(Self.maximumLength) bytes")
    }
    var rest = text.utf8[...]
    var digest = ""
    if let at = rest.firstIndex(of: UInt8(ascii: "@")) {
      digest = try ImageDigest.check(String(Substring(rest[rest.index(after: at)...])))
      rest = rest[..<at]
    }
    var tag = ""
    let path = rest.lastIndex(of: UInt8(ascii: "/")).map { rest.index(after: $0) }
    if let colon = rest[(path ?? rest.startIndex)...].lastIndex(of: UInt8(ascii: ":")) {
      tag = try Self.checkTag(rest[rest.index(after: colon)...])
      rest = rest[..<colon]
    }
    try Self.checkName(rest)
    name = String(Substring(rest))
    self.tag = tag
    self.digest = digest
  }

  // MARK: Parts

  private static func checkName(_ name: Substring.UTF8View) throws(InvalidValue) {
    guard name.count <= 255 else { throw invalid("must have a name of at most 255 bytes") }
    var parts = name.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
    if parts.count > 1, let host = parts.first, isHostLike(host) {
      guard isHost(host) else { throw malformed }
      parts = parts.dropFirst()
    }
    guard parts.allSatisfy(isPathPart) else { throw malformed }
  }

  private static func checkTag(_ tag: Substring.UTF8View) throws(InvalidValue) -> String {
    guard (1...128).contains(tag.count), let first = tag.first,
      isAlphanumeric(first) || first == UInt8(ascii: "_"),
      tag.allSatisfy({ isAlphanumeric($0) || separators.contains($0) })
    else { throw malformed }
    return String(Substring(tag))
  }

  /// The part before the first `/` is a host if it cannot be a part of a path.
  private static func isHostLike(_ part: Substring.UTF8View) -> Bool {
    part.contains(UInt8(ascii: ".")) || part.contains(UInt8(ascii: ":"))
      || part.contains(where: isUpper) || Array(part) == Array("localhost".utf8)
  }

  /// A name or an address, with an optional port.
  private static func isHost(_ part: Substring.UTF8View) -> Bool {
    let close = part.lastIndex(of: UInt8(ascii: "]")) ?? part.startIndex
    guard let colon = part[close...].lastIndex(of: UInt8(ascii: ":")) else {
      return isHostName(part) || isBracketedAddress(part)
    }
    let host = part[..<colon]
    return (isHostName(host) || isBracketedAddress(host))
      && isPort(part[part.index(after: colon)...])
  }

  private static func isPort(_ port: Substring.UTF8View) -> Bool {
    guard (1...5).contains(port.count), port.allSatisfy(isDigit) else { return false }
    return UInt16(Substring(port)).map { $0 > 0 } ?? false
  }

  /// Labels of letters, digits and inner hyphens.
  private static func isHostName(_ host: Substring.UTF8View) -> Bool {
    host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.first, let last = label.last else { return false }
      return isAlphanumeric(first) && isAlphanumeric(last)
        && label.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  /// An IPv6 address in brackets (RFC 4291 section 2.2): eight groups of up to four hexadecimal
  /// digits, or fewer with one `::` for the missing ones.
  private static func isBracketedAddress(_ host: Substring.UTF8View) -> Bool {
    guard host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]"), host.count > 2 else {
      return false
    }
    let address = Array(host.dropFirst().dropLast())
    let colon = UInt8(ascii: ":")
    let gap = address.indices.dropLast().first { address[$0] == colon && address[$0 + 1] == colon }
    guard let gap else { return groups(address[...]) == 8 }
    guard let before = groups(address[..<gap]), let after = groups(address[(gap + 2)...]) else {
      return false
    }
    return before + after < 8
  }

  /// The number of groups in a text; nil when one of them is malformed.
  private static func groups(_ text: ArraySlice<UInt8>) -> Int? {
    if text.isEmpty { return 0 }
    let groups = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let areSound = groups.allSatisfy { group in
      (1...4).contains(group.count) && group.allSatisfy(HexDigit.isValid)
    }
    return areSound ? groups.count : nil
  }

  /// Lower-case letters and digits, with `.`, `_`, `__` or hyphens between them.
  private static func isPathPart(_ part: Substring.UTF8View) -> Bool {
    var separator: [UInt8] = []
    var isStarted = false
    for byte in part {
      if separators.contains(byte) {
        guard isStarted else { return false }
        separator.append(byte)
      } else {
        guard isAlphanumeric(byte), !isUpper(byte), isSeparator(separator) else { return false }
        separator = []
        isStarted = true
      }
    }
    return isStarted && separator.isEmpty
  }

  private static func isSeparator(_ bytes: [UInt8]) -> Bool {
    bytes.count <= 1 || bytes.allSatisfy { $0 == UInt8(ascii: "-") }
      || bytes.count == 2 && bytes.allSatisfy { $0 == UInt8(ascii: "_") }
  }

  private static var separators: [UInt8] {
    [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")]
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isUpper(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static var malformed: InvalidValue {
    invalid("must be a reference such as registry.example/team/app:1.2")
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidImage, description)
  }
}

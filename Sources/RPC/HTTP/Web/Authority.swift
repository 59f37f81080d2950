/// Host and port of an origin or a request (RFC 3986 section 3.2), as browsers write them: without
/// user information.
struct Authority: Sendable, Hashable {
  /// In lower case; an IPv6 address stands in its brackets.
  let host: String
  /// Nil for none.
  let port: UInt16?

  /// Nil for what is no `host` or `host:port`: a path, another port than a number, an octet that
  /// no host has.
  init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    var end = bytes.count
    var port: UInt16?
    // Colons inside of brackets are the address's.
    if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), bytes.last != UInt8(ascii: "]") {
      let digits = bytes[(colon + 1)...]
      guard digits.allSatisfy(Self.isDigit) else { return nil }
      if !digits.isEmpty {
        guard let number = UInt16(String(decoding: digits, as: UTF8.self)) else { return nil }
        port = number
      }
      end = colon
    }
    let host = bytes[..<end]
    guard Self.isName(host) || Self.isBracketed(host) else { return nil }
    self.host = String(decoding: host, as: UTF8.self).lowercased()
    self.port = port
  }

  private init(host: String) {
    self.host = host
    port = nil
  }

  var withoutPort: Authority { Authority(host: host) }

  /// Whether the host means the machine itself, whatever a name server says: `localhost`, a name
  /// below it (RFC 6761 section 6.3), 127.0.0.0/8 or ::1.
  var isLoopback: Bool {
    let name = host.hasSuffix(".") ? host.dropLast() : host[...]
    if name == "localhost" || name.hasSuffix(".localhost") { return true }
    if host.hasPrefix("[") { return isIPv6Loopback }
    return host.hasPrefix("127.") && isIPv4
  }

  /// Whether the host is an address, which no name server has a say in.
  var isAddress: Bool { isIPv4 || host.hasPrefix("[") }

  private var isIPv4: Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy(Self.isDigit)
          && UInt8(part) != nil
      }
  }

  /// Any spelling of ::1. What has only zeros before a one, and colons, is no other address.
  private var isIPv6Loopback: Bool {
    let groups = host.dropFirst().dropLast().split(
      separator: ":", omittingEmptySubsequences: false)
    guard groups.count > 2, let last = groups.last, last.utf8.count <= 4 else { return false }
    return UInt16(last) == 1
      && groups.dropLast().allSatisfy { $0.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }
  }

  private static func isName(_ host: ArraySlice<UInt8>) -> Bool {
    !host.isEmpty
      && host.allSatisfy { byte in
        isDigit(byte) || isLetter(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
          || byte == UInt8(ascii: "_")
      }
  }

  private static func isBracketed(_ host: ArraySlice<UInt8>) -> Bool {
    guard host.count > 2, host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") else {
      return false
    }
    return host.dropFirst().dropLast().allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
        UInt8(ascii: ":"), UInt8(ascii: "."):
        true
      default: isDigit(byte)
      }
    }
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}

/// Web pages that may call a server: those of one origin, or all.
public enum OriginPattern: Sendable, Hashable {
  /// Pages of any origin, those without one (`null`) too.
  case any
  case only(WebOrigin)

  /// Reads `*` or an origin, as `WebOrigin.init(_:)` does; nil for anything else.
  public init?(_ text: String) {
    if text == "*" {
      self = .any
    } else {
      guard let origin = WebOrigin(text) else { return nil }
      self = .only(origin)
    }
  }
}

/// The origin of a web page: scheme, host and port (RFC 6454 section 4).
///
/// Two are equal without regard to case, and with or without the default port of http and https.
public struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
  private let scheme: String
  private let authority: Authority

  /// Reads `scheme://host` or `scheme://host:port`, as browsers write an origin. Nil for anything
  /// else: `null`, an origin with a path or a slash behind it, a name in other letters than ASCII's.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, Self.isScheme(parts[0]), parts[1].hasPrefix("//"),
      text.utf8.last != UInt8(ascii: ":"),
      let authority = Authority(parts[1].dropFirst(2))
    else { return nil }
    scheme = parts[0].lowercased()
    let hasDefaultPort =
      switch (scheme, authority.port) {
      case ("http", 80), ("https", 443): true
      default: false
      }
    self.authority = hasDefaultPort ? authority.withoutPort : authority
  }

  public var description: String {
    "\(scheme)://\(authority.host)" + (authority.port.map { ":\($0)" } ?? "")
  }

  /// RFC 3986 section 3.1.
  private static func isScheme(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, Authority.isLetter(first) else { return false }
    return text.utf8.allSatisfy { byte in
      Authority.isLetter(byte) || Authority.isDigit(byte) || byte == UInt8(ascii: "+")
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
    }
  }
}

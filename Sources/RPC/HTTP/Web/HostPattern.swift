/// Hosts that requests may name: one, all below a domain, or all.
public struct HostPattern: Sendable, Hashable {
  private enum Kind: Hashable {
    case any
    case only(String)
    /// The domain with a dot in front.
    case below(String)
  }

  private let kind: Kind

  /// All hosts.
  public static let any = HostPattern(kind: .any)

  private init(kind: Kind) { self.kind = kind }

  /// Reads `*`, `*.domain` or a host: a name, an IPv4 address, or an IPv6 address in brackets. Nil
  /// for anything else, a host with a port included: a port does not count.
  public init?(_ text: String) {
    if text == "*" {
      self = .any
      return
    }
    let isDomain = text.hasPrefix("*.")
    guard let authority = Authority(isDomain ? text.dropFirst(2) : text[...]),
      authority.port == nil, text.utf8.last != UInt8(ascii: ":"),
      !isDomain || !authority.isAddress, !authority.host.hasPrefix(".")
    else { return nil }
    let name = Self.withoutRootDot(authority.host)
    kind = isDomain ? .below("." + name) : .only(String(name))
  }

  func matches(_ authority: Authority) -> Bool {
    let host = Self.withoutRootDot(authority.host)
    return switch kind {
    case .any: true
    case .only(let name): host == name
    case .below(let domain): host.hasSuffix(domain) && host.utf8.count > domain.utf8.count
    }
  }

  /// `example.com.` is `example.com`.
  private static func withoutRootDot(_ host: String) -> Substring {
    host.hasSuffix(".") ? host.dropLast() : host[...]
  }
}

import EventLoop

/// The address of trackd: `HOST:PORT`, `[IPV6]:PORT`, `unix:PATH` or `unix-abstract:NAME`. Pure.
struct ServerAddress: Sendable, Equatable {
  /// The form that the transport takes.
  let target: String

  static let standardPort = 50051

  /// What is wrong with an address, and the right form; for the user.
  struct Mistake: Error, Equatable {
    let text: String
  }

  init(_ text: String) throws(Mistake) {
    if text.hasPrefix("unix:") {
      try Self.checkSocket(text)
    } else if text.hasPrefix(Self.abstract) {
      try Self.checkAbstractSocket(text)
    } else {
      try Self.checkHost(text)
    }
    target = text
  }

  private static let abstract = "unix-abstract:"

  private static func checkAbstractSocket(_ text: String) throws(Mistake) {
    guard SocketAddress(text) == nil else { return }
    throw Mistake(
      text: text == abstract
        ? "the name is missing: unix-abstract:NAME"
        : "'\(text)': a socket's name has at most 107 bytes")
  }

  private static func checkSocket(_ text: String) throws(Mistake) {
    let path = text.dropFirst("unix:".count)
    // A URL of a socket has an empty authority, and then an absolute path.
    if path.hasPrefix("//"), !path.hasPrefix("///") {
      throw Mistake(text: "'\(text)' names a host before the path: unix:\(path.dropFirst())")
    }
    guard SocketAddress(text) != nil else {
      throw Mistake(
        text: path.isEmpty
          ? "the path is missing: unix:PATH"
          : "'\(text)': a socket's path has at most 107 bytes")
    }
  }

  private static func checkHost(_ text: String) throws(Mistake) {
    if let other = otherForm(of: text) { throw other }
    if text.hasPrefix("/") || text.hasPrefix(".") {
      throw Mistake(text: "a socket's path is written unix:\(text)")
    }
    guard let (host, port) = SocketAddress.split(text) else { throw unsplittable(text) }
    guard isHost(host) else {
      throw Mistake(text: "'\(host)' is no name of a host: ASCII letters, digits, dots and hyphens")
    }
    guard port > 0 else { throw Mistake(text: "'\(text)': 0 is no port") }
  }

  /// A URL, or a target as other gRPC clients write it: the message shows the form of trackctl.
  private static func otherForm(of text: String) -> Mistake? {
    let kinds: [(prefix: String, remark: String)] = [
      ("https:", "TLS is asked for with --tls, and "),
      ("grpcs:", "TLS is asked for with --tls, and "),
      ("http:", ""), ("grpc:", ""), ("h2c:", ""), ("tcp:", ""), ("dns:", ""), ("ipv4:", ""),
      ("ipv6:", ""), ("passthrough:", ""), ("xds:", ""),
    ]
    let lower = text.lowercased()
    let kind = kinds.first { lower.hasPrefix($0.prefix) }
    guard kind != nil || text.contains("://") else {
      guard lower.hasPrefix(abstract) else { return nil }
      return Mistake(text: "'\(text)' is written \(abstract)\(text.dropFirst(abstract.count)) here")
    }
    var rest = text[...]
    if let scheme = rest.firstRange(of: "://") {
      rest = rest[scheme.upperBound...]
      // `dns://RESOLVER/HOST:PORT`
      if lower.hasPrefix("dns:") || lower.hasPrefix("passthrough:") || lower.hasPrefix("xds:") {
        rest = rest.firstIndex(of: "/").map { rest[rest.index(after: $0)...] } ?? rest
      }
    } else if let kind {
      rest = rest.dropFirst(kind.prefix.count)
      // A host may have such a name; a port behind it shows that.
      if UInt16(rest) != nil, !rest.isEmpty { return nil }
    }
    return Mistake(text: "\(kind?.remark ?? "")'\(text)' is written \(bare(rest)) here")
  }

  /// `HOST:PORT` of a URL's rest.
  private static func bare(_ rest: Substring) -> String {
    var host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let user = host.lastIndex(of: "@") { host = host[host.index(after: user)...] }
    if host.isEmpty { return "HOST:PORT" }
    if SocketAddress.split(String(host)) != nil { return String(host) }
    if let whole = withPort(String(host)) { return whole }
    return "HOST:PORT"
  }

  private static func unsplittable(_ text: String) -> Mistake {
    if let whole = withPort(text) { return Mistake(text: "the port is missing: \(whole)") }
    if text.hasPrefix(":") {
      return Mistake(text: "the host is missing: 127.0.0.1\(text)")
    }
    return Mistake(text: "'\(text)' is neither HOST:PORT nor unix:PATH")
  }

  /// A host alone, with the standard port; nil for anything else.
  private static func withPort(_ host: String) -> String? {
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    let inner = isBracketed ? String(host.dropFirst().dropLast()) : host
    if inner.contains(":") {
      guard SocketAddress(host: inner, port: 1) != nil else { return nil }
      return "[\(inner)]:\(standardPort)"
    }
    return isHost(host) ? "\(host):\(standardPort)" : nil
  }

  /// Whether requests can name it in `:authority`.
  private static func isHost(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "%"):
          true
        default: false
        }
      }
  }
}

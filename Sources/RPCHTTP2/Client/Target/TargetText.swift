import EventLoop
import Wire

/// Reads the text of a `ChannelTarget`; pure.
enum TargetText {
  struct Fault: Error {
    let reason: String
  }

  private enum Scheme: String {
    case dns, ipv4, ipv6, unix
    case unixAbstract = "unix-abstract"
  }

  static func parse(
    _ text: String
  ) throws(Fault) -> (place: ChannelTarget.Place, authority: String) {
    if text.isEmpty { throw Fault(reason: "it is empty") }
    if text.utf8.contains(0) { throw Fault(reason: "it has a NUL") }
    guard let colon = text.firstIndex(of: ":"),
      let scheme = Scheme(rawValue: text[..<colon].lowercased())
    else {
      if let other = text.firstRange(of: "://") {
        throw Fault(reason: "there is no scheme '\(text[..<other.lowerBound])'")
      }
      return try name(text)
    }
    let rest = text[text.index(after: colon)...]
    switch scheme {
    case .dns: return try name(endpoint(of: rest, scheme))
    case .ipv4, .ipv6: return try list(endpoint(of: rest, scheme), scheme)
    case .unix: return (.addresses([.unix(path: try socketName(rest, scheme))]), "localhost")
    case .unixAbstract:
      return (.addresses([.unixAbstract(name: try socketName(rest, scheme))]), "localhost")
    }
  }

  /// The part behind `SCHEME:`, or behind `SCHEME:///`, decoded.
  private static func path(of rest: Substring, _ scheme: Scheme) throws(Fault) -> String {
    var rest = rest
    if rest.hasPrefix("//") {
      let behind = rest.dropFirst(2)
      guard behind.hasPrefix("/") else {
        throw Fault(
          reason: behind.contains("/") && scheme == .dns
            ? "a DNS server of its own is not supported, the system's is asked: dns:///HOST:PORT"
            : "a host stands between the slashes: \(scheme.rawValue):///\(behind)")
      }
      rest = behind
    }
    do {
      return try PercentEncoding.decode(rest.utf8.span, allowsNonASCII: true)
    } catch {
      throw Fault(reason: "its percent-encoding is malformed")
    }
  }

  private static func endpoint(of rest: Substring, _ scheme: Scheme) throws(Fault) -> String {
    let path = try path(of: rest, scheme)
    return path.hasPrefix("/") ? String(path.dropFirst()) : path
  }

  private static func socketName(_ rest: Substring, _ scheme: Scheme) throws(Fault) -> String {
    let name = try path(of: rest, scheme)
    guard !name.isEmpty, name.utf8.count <= 107, !name.utf8.contains(0) else {
      throw Fault(reason: "a socket's name has 1 to 107 bytes, and no NUL")
    }
    return name
  }

  /// A name with a port or without, which may be an address.
  private static func name(
    _ text: String
  ) throws(Fault) -> (place: ChannelTarget.Place, authority: String) {
    let (host, port) = try split(text)
    let number = port ?? ChannelTarget.defaultPort
    let authority = authority(host, port)
    if let address = SocketAddress(host: host, port: number) {
      return (.addresses([address]), authority)
    }
    return (.name(host: host, port: number), authority)
  }

  /// Addresses of one family, with commas between.
  private static func list(
    _ text: String, _ scheme: Scheme
  ) throws(Fault) -> (place: ChannelTarget.Place, authority: String) {
    var addresses: [SocketAddress] = []
    var first: String?
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let (host, port) = try split(String(item))
      let address = SocketAddress(host: host, port: port ?? ChannelTarget.defaultPort)
      switch (scheme, address) {
      case (.ipv4, .ipv4?), (.ipv6, .ipv6?): break
      default: throw Fault(reason: "'\(item)' is no \(scheme.rawValue) address")
      }
      if let address { addresses.append(address) }
      if first == nil { first = authority(host, port) }
    }
    return (.addresses(addresses), first ?? "")
  }

  /// `HOST`, `HOST:PORT`, `[HOST]`, `[HOST]:PORT`, or an IPv6 address alone.
  private static func split(_ text: String) throws(Fault) -> (host: String, port: UInt16?) {
    var host = text[...]
    var port: Substring?
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw Fault(reason: "']' is missing") }
      host = text[text.index(after: text.startIndex)..<end]
      let behind = text[text.index(after: end)...]
      guard behind.isEmpty || behind.hasPrefix(":") else {
        throw Fault(reason: "a port is written behind a colon: [HOST]:PORT")
      }
      port = behind.isEmpty ? nil : behind.dropFirst()
    } else if let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
    }
    try check(host: host)
    guard let port else { return (String(host), nil) }
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port),
      number > 0
    else { throw Fault(reason: "'\(port)' is no port: 1 to 65535") }
    return (String(host), number)
  }

  private static func check(host: Substring) throws(Fault) {
    if host.isEmpty { throw Fault(reason: "the host is missing") }
    if host.contains(":") {
      // The system's resolver knows the interface behind `%`.
      let address = host.prefix { $0 != "%" }
      guard SocketAddress(host: String(address), port: 1) != nil else {
        throw Fault(reason: "'\(host)' is no IPv6 address")
      }
      return
    }
    let isName = host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isName else { throw Fault(reason: "'\(host)' is no name of a host") }
  }

  /// As RFC 3986 section 3.2 writes it: the percent sign of an interface is escaped.
  private static func authority(_ host: String, _ port: UInt16?) -> String {
    let host =
      host.contains(":") ? "[\(host.split(separator: "%").joined(separator: "%25"))]" : host
    return port.map { "\(host):\($0)" } ?? host
  }
}

import CLinux

extension SocketAddress: CustomStringConvertible {
  /// Reads `127.0.0.1:50051`, `[::1]:0`, `unix:PATH` or `unix-abstract:NAME`; nil for anything
  /// else, names of hosts included.
  public init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty, path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
      self = .unix(path: path)
      return
    }
    if text.hasPrefix("unix-abstract:") {
      let name = String(text.dropFirst(14))
      guard !name.isEmpty, name.utf8.count <= 107, !name.utf8.contains(0) else { return nil }
      self = .unixAbstract(name: name)
      return
    }
    guard let (host, port) = Self.split(text) else { return nil }
    self.init(host: host, port: port)
  }

  /// Reads a literal IPv4 or IPv6 address, the latter without brackets.
  public init?(host: String, port: UInt16) {
    guard !host.utf8.contains(0) else { return nil }
    var address = unsafe cl_parse_ipv4(host)
    if address.family == 0 { address = unsafe cl_parse_ipv6(host) }
    address.port = port
    self.init(address)
  }

  /// Splits `host:port` or `[host]:port`; the host is not looked at.
  public static func split(_ text: String) -> (host: String, port: UInt16)? {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    var host = text[..<colon]
    let digits = text[text.utf8.index(after: colon)...]
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
      return nil
    }
    if host.hasPrefix("[") {
      guard host.hasSuffix("]") else { return nil }
      host = host.dropFirst().dropLast()
    } else if host.utf8.contains(UInt8(ascii: ":")) {
      return nil
    }
    return host.isEmpty ? nil : (String(host), port)
  }

  /// As `init(_:)` reads it.
  public var description: String {
    switch self {
    case .ipv4(_, let port): "\(hostText):\(port)"
    case .ipv6(_, _, _, let port): "[\(hostText)]:\(port)"
    case .unix(let path): "unix:\(path)"
    case .unixAbstract(let name): "unix-abstract:\(name)"
    }
  }

  /// As gRPC names a peer: `ipv4:127.0.0.1:4711`, `ipv6:[::1]:4711`, `unix:`,
  /// `unix-abstract:`.
  public var peerDescription: String {
    switch unmapped {
    case .ipv4: "ipv4:\(unmapped)"
    case .ipv6: "ipv6:\(self)"
    case .unix, .unixAbstract: description
    }
  }

  /// Names the host alone: `ipv4:127.0.0.1`, `unix:`. Of an IPv6 address the first 64 bits, because
  /// one host chooses among the others.
  public var hostDescription: String {
    switch unmapped {
    case .ipv4: "ipv4:\(unmapped.hostText)"
    case .ipv6(let high, _, _, _): "ipv6:\(String(high, radix: 16))"
    case .unix, .unixAbstract: "unix:"
    }
  }

  /// Whether it is an address of this machine that no other reaches: 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    switch unmapped {
    case .ipv4(let host, _): host >> 24 == 127
    case .ipv6(let high, let low, _, _): high == 0 && low == 1
    case .unix, .unixAbstract: false
    }
  }

  /// An IPv4 address that came over an IPv6 socket (`::ffff:a.b.c.d`), as IPv4.
  private var unmapped: SocketAddress {
    guard case .ipv6(0, let low, _, let port) = self, low >> 32 == 0xFFFF else { return self }
    return .ipv4(host: UInt32(truncatingIfNeeded: low), port: port)
  }

  private var hostText: String {
    guard let inet else { return "" }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      unsafe cl_format_host(inet, start, buffer.count)
      return unsafe String(cString: start)
    }
  }
}

import CLinux

/// Where a stream socket listens or connects to.
public enum SocketAddress: Sendable, Hashable {
  /// `host` in host byte order.
  case ipv4(host: UInt32, port: UInt16)
  /// `high` and `low` are the halves of the address, big-endian read; `scope` an interface index.
  case ipv6(high: UInt64, low: UInt64, scope: UInt32, port: UInt16)
  /// A path in the file system, at most 107 bytes.
  case unix(path: String)
  /// A name in Linux's abstract namespace, 1 to 107 bytes without NUL: no file, and no permissions;
  /// whoever shares the network namespace may connect (unix(7)).
  case unixAbstract(name: String)

  /// The port; nil for Unix sockets. 0 lets the system choose one when listening.
  public var port: UInt16? {
    switch self {
    case .ipv4(_, let port): port
    case .ipv6(_, _, _, let port): port
    case .unix, .unixAbstract: nil
    }
  }

  /// Whether it is a Unix socket of either kind: what goes over it does not leave the machine.
  public var isUnix: Bool { port == nil }

  /// The same host with another port; a Unix socket stays as it is.
  public func with(port: UInt16) -> SocketAddress {
    switch self {
    case .ipv4(let host, _): .ipv4(host: host, port: port)
    case .ipv6(let high, let low, let scope, _):
      .ipv6(high: high, low: low, scope: scope, port: port)
    case .unix, .unixAbstract: self
    }
  }

  /// Nil for no address or a family other than the three.
  init?(_ address: cl_address) {
    switch address.family {
    case 4: self = .ipv4(host: UInt32(truncatingIfNeeded: address.low), port: address.port)
    case 6:
      self = .ipv6(
        high: address.high, low: address.low, scope: address.scope, port: address.port)
    case 1: self = .unix(path: "")
    default: return nil
    }
  }

  /// The address to which a socket is bound, with the path or name of a Unix one.
  init?(localOf descriptor: Int32) {
    self.init(cl_local_address(descriptor))
    guard case .unix = self else { return }
    var path = [CChar](repeating: 0, count: 128)
    let kind = unsafe cl_unix_path(descriptor, &path, path.count)
    guard kind >= 0 else { return nil }
    let bytes = path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
    let text = String(decoding: bytes, as: UTF8.self)
    self = kind == 1 ? .unixAbstract(name: text) : .unix(path: text)
  }

  /// The address as the C functions take it; nil for Unix sockets.
  var inet: cl_address? {
    switch self {
    case .ipv4(let host, let port):
      cl_address(family: 4, port: port, scope: 0, high: 0, low: UInt64(host))
    case .ipv6(let high, let low, let scope, let port):
      cl_address(family: 6, port: port, scope: scope, high: high, low: low)
    case .unix, .unixAbstract: nil
    }
  }

  var family: Int32 { inet?.family ?? 1 }
}

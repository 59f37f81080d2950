/// Where a connection comes from, as far as shares and turns are concerned: a host, whatever its
/// ports.
public enum PeerHost: Sendable, Hashable {
  case address(SocketAddress)
  /// This machine, over a Unix socket.
  case unix
  /// The same over an abstract one, which has no permissions: all such peers are one host.
  case unixAbstract
  /// The address is not known, as when the peer has gone already: all such peers are one host.
  case unknown

  /// - Parameter peer: the socket's peer; its port does not matter.
  public init(_ peer: SocketAddress?) {
    switch peer {
    case nil: self = .unknown
    case .unix?: self = .unix
    case .unixAbstract?: self = .unixAbstract
    case .ipv4?, .ipv6?: self = peer.map { .address($0.with(port: 0)) } ?? .unknown
    }
  }
}

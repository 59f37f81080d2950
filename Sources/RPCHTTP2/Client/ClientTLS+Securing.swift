import EventLoop
import TLS

extension ClientTLS {
  /// Puts TLS over the sockets of a channel to `authority`: a host, and a port or none.
  func securing(_ authority: String, on loop: EventLoop) -> ConnectionContext.Secure {
    let state = TLSLoop(on: loop)
    let host = Self.host(of: authority)
    return { [self] (socket) throws(ChannelError) in
      try channel(socket, host: host, on: state)
    }
  }

  /// Without the port, and without the brackets of an IPv6 address.
  static func host(of authority: String) -> String {
    if authority.hasPrefix("[") {
      return String(authority.dropFirst().prefix { $0 != "]" })
    }
    return String(authority.prefix { $0 != ":" })
  }
}

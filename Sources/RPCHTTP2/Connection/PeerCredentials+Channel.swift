import EventLoop
import RPC

extension PeerCredentials {
  /// - Parameter channel: established.
  convenience init(of channel: any ByteChannel) {
    let address = channel.peerAddress
    let user = channel.peerUserID
    self.init(
      certificate: channel.peerIdentity.map { Certificate($0) }, userID: user,
      // Of both ends: traffic that a mesh hands on from loopback comes to another address.
      isLoopback: (address?.isLoopback ?? false) && (channel.localAddress?.isLoopback ?? false),
      host: user.map { "uid:\($0)" } ?? address?.hostDescription ?? "unknown")
  }
}

extension PeerCredentials.Certificate {
  init(_ identity: PeerIdentity) {
    self.init(
      uris: identity.uris, dnsNames: identity.dnsNames, subject: identity.subject,
      expiresAt: identity.expiresAt)
  }
}

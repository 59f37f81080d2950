import EventLoop
import RPC

extension PeerCredentials {
  /// - Parameter channel: established.
  convenience init(of channel: any ByteChannel) {
    let address = channel.peerAddress
    self.init(
      certificate: channel.peerIdentity.map { Certificate($0) }, userID: channel.peerUserID,
      isLoopback: address?.isLoopback ?? false,
      host: address?.hostDescription ?? "unknown")
  }
}

extension PeerCredentials.Certificate {
  init(_ identity: PeerIdentity) {
    self.init(
      uris: identity.uris, dnsNames: identity.dnsNames, subject: identity.subject,
      expiresAt: identity.expiresAt)
  }
}

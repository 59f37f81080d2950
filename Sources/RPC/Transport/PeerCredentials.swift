/// What a connection tells of its other side, whatever a call on it says. The connection makes one,
/// and its calls share it.
public final class PeerCredentials: Sendable {
  /// The names in the certificate that the peer has proved to own.
  public struct Certificate: Sendable, Hashable {
    /// The URIs among the alternative names, in the certificate's order; a SPIFFE ID is one.
    public var uris: [String]
    public var dnsNames: [String]
    /// The subject as RFC 4514 writes it; empty without one.
    public var subject: String
    /// When the first certificate of the chain ends, in seconds since 1970.
    public var expiresAt: Int64

    public init(
      uris: [String] = [], dnsNames: [String] = [], subject: String = "",
      expiresAt: Int64 = .max
    ) {
      self.uris = uris
      self.dnsNames = dnsNames
      self.subject = subject
      self.expiresAt = expiresAt
    }
  }

  /// Nil without a verified certificate.
  public let certificate: Certificate?
  /// Who made the connection, for a Unix socket, as the kernel says (SO_PEERCRED).
  public let userID: UInt32?
  /// Whether it comes over loopback TCP, to a loopback address. The peer may be a proxy: what its requests say of others
  /// (`X-Forwarded-For`) counts for nothing.
  public let isLoopback: Bool
  /// Names the other host, without a port, or the user of a Unix socket: budgets go by it.
  public let host: String

  public init(
    certificate: Certificate? = nil, userID: UInt32? = nil, isLoopback: Bool = false,
    host: String = ""
  ) {
    self.certificate = certificate
    self.userID = userID
    self.isLoopback = isLoopback
    self.host = host
  }

  /// Of a peer about which nothing is known.
  public static let unknown = PeerCredentials()
  /// Of a caller in the same process: as one over loopback.
  public static let sameProcess = PeerCredentials(isLoopback: true, host: "inprocess")
}

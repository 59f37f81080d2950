/// The bytes of one connection in both directions: a socket, or a session such as TLS over one.
///
/// The connection that owns the channel calls all members, on its loop's thread, one at a time. No
/// member blocks. The channel calls only the handler of `open` or `pass`, in a turn of the loop and
/// never from inside one of its own members.
///
/// A channel that must shake hands does so inside `read` and `write`: until it is established, a
/// read finds nothing, a write takes nothing, and both name the readiness of the descriptor that
/// moves the handshake on. That may be the other direction's: a TLS session can have to write
/// before it can read, and to read before it can write. The owner watches for what it is told, and
/// for nothing else; its timers bound how long a handshake takes.
public protocol ByteChannel: AnyObject {
  /// Begins to call `handler` on `loop` when there is something to read. Called once, first.
  func open(on loop: EventLoop, for handler: any EventHandler) throws(SystemError)
  /// Calls `handler` from now on; what is watched for stays.
  func pass(to handler: any EventHandler)
  /// Calls the handler for this readiness, level-triggered: a union of what the last read and the
  /// last write wait for. Empty: for nothing but the loss of the connection.
  func watch(_ readiness: Readiness) throws(SystemError)

  /// Whether the handshake is over; always true where there is none.
  var isEstablished: Bool { get }
  /// This side's address; nil when it is not known.
  var localAddress: SocketAddress? { get }
  /// The other side's address; nil when it is not known.
  var peerAddress: SocketAddress? { get }
  /// The identity that the other side has proved; nil before the handshake, and without proof.
  var peerIdentity: PeerIdentity? { get }
  /// What both sides will speak, once the channel is established.
  var agreedProtocol: AgreedProtocol { get }
  /// Why the identity that the other side has proved no longer counts, such as `certificate
  /// revoked`; nil while it does, and where none was proved. The owner asks about once a second,
  /// and lets the connection come to its end.
  var lostTrust: String? { get }

  /// The user that made the connection, for a Unix socket; nil for others.
  var peerUserID: UInt32? { get }

  /// Reads once, at most the whole of `buffer`.
  func read(into buffer: inout [UInt8]) throws(ChannelError) -> ChannelRead
  /// Whether the channel itself holds bytes for a read, such as the rest of a decrypted record: the
  /// descriptor is not readable for them. The owner reads again without waiting for readiness.
  var hasPendingInput: Bool { get }

  /// Takes as many of `bytes[start...]` as it can, and sends on bytes that it took before. With an
  /// empty rest it only does the latter.
  func write(_ bytes: [UInt8], from start: Int) throws(ChannelError) -> ChannelWrite
  /// The same for bytes in several pieces, one after the other. A channel that can take them from
  /// where they lie does; others get them joined.
  func write(_ pieces: [ArraySlice<UInt8>]) throws(ChannelError) -> ChannelWrite
  /// Bytes that it took and the other side's system has not: they wait in this system, or are on
  /// their way. 0 where that is not known.
  var unacknowledgedBytes: Int { get }
  /// Ends this half once everything that was taken has left; the peer may go on with its own.
  ///
  /// - Returns: the readiness to wait for before it is called again; empty when the half has ended.
  func endWriting() throws(ChannelError) -> Readiness
  /// Ends both directions at once and lets go of the loop and the descriptor. Says goodbye where
  /// the protocol has a word for it, as far as that needs no waiting. Later calls have no effect.
  func close()
}

extension ByteChannel {
  public var localAddress: SocketAddress? { nil }
  public var peerUserID: UInt32? { nil }
  public var agreedProtocol: AgreedProtocol { .open }
  public var lostTrust: String? { nil }
  public var unacknowledgedBytes: Int { 0 }

  public func write(_ pieces: [ArraySlice<UInt8>]) throws(ChannelError) -> ChannelWrite {
    try write(pieces.flatMap { $0 }, from: 0)
  }
}

/// What the two sides of a channel have agreed to speak over it.
public enum AgreedProtocol: Sendable {
  /// Nothing: the first bytes tell.
  case open
  case http1
  case http2
}

/// The outcome of a read of a `ByteChannel`.
public enum ChannelRead: Equatable, Sendable {
  /// So many bytes, at least one.
  case bytes(Int)
  /// Nothing until the descriptor is ready for one of these.
  case wouldBlock(Readiness)
  /// The peer has ended its half.
  case end
}

/// The outcome of a write of a `ByteChannel`.
public enum ChannelWrite: Equatable, Sendable {
  /// It took everything, and holds nothing.
  case all
  /// It took so many bytes, possibly all; it cannot go on before the descriptor is ready for one of
  /// these.
  case part(Int, waitsFor: Readiness)
}

/// Why a channel failed. Its owner closes it.
public struct ChannelError: Error, Equatable, CustomStringConvertible {
  /// For logs and for the peer's calls, such as `read: Connection reset by peer`.
  public let description: String

  public init(_ description: String) { self.description = description }
  public init(_ error: SystemError) { description = error.description }
}

/// The identity that the other side of a channel has proved with a certificate.
public struct PeerIdentity: Equatable, Sendable {
  /// The certificates that were verified, in DER, the peer's own first.
  public var certificates: [[UInt8]]
  /// The URIs among the certificate's alternative names, in its order: a SPIFFE ID is one of these.
  public var uris: [String]
  /// The DNS names among them.
  public var dnsNames: [String]
  /// The subject as RFC 4514 writes it, such as `CN=deploy-bot,O=Example`; empty without one.
  public var subject: String
  /// When the first certificate of the chain ends, in seconds since 1970.
  public var expiresAt: Int64

  public init(
    certificates: [[UInt8]], uris: [String] = [], dnsNames: [String] = [], subject: String = "",
    expiresAt: Int64 = .max
  ) {
    self.certificates = certificates
    self.uris = uris
    self.dnsNames = dnsNames
    self.subject = subject
    self.expiresAt = expiresAt
  }
}

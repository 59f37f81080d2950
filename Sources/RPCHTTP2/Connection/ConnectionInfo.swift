public import EventLoop

/// One live connection of a server at the moment when its loop was asked.
public struct ConnectionInfo: Sendable, Equatable {
  public enum Phase: Sendable, Equatable {
    /// The channel's handshake, the preface, SETTINGS or the first request's head are awaited.
    case opening
    case serving
    /// One side has said that it goes away; calls in progress go on.
    case draining
    /// The last bytes are on their way.
    case ending
  }

  /// Differs from that of every other connection of its server, earlier ones included.
  public let id: Int
  /// As gRPC names a peer: `ipv4:127.0.0.1:4711`.
  public let peer: String
  /// The identity that the peer has proved; nil for plain connections.
  public let peerIdentity: PeerIdentity?
  /// Since it was accepted.
  public let age: Duration
  public let phase: Phase
  /// Streams that are open.
  public let streams: Int
  public let totals: ConnectionTotals
}

extension ConnectionInfo {
  init(_ connection: Connection, at now: MonotonicTime) {
    id = connection.id
    peer = connection.peer
    peerIdentity = connection.channel?.peerIdentity
    age = now - connection.life.openedAt
    streams = connection.life.calls
    totals = connection.totals
    phase =
      switch connection.life.phase {
      case .connecting, .handshake: .opening
      case .serving: .serving
      case .draining: .draining
      case .failed, .lingering, .closed: .ending
      }
  }

  init(_ connection: SilentConnection, at now: MonotonicTime) {
    id = connection.id
    peer = connection.peer
    peerIdentity = connection.channel.peerIdentity
    age = now - connection.acceptedAt
    streams = 0
    totals = connection.totals
    phase = connection.state == .waiting ? .opening : .ending
  }

  init(_ connection: HTTP1Connection, at now: MonotonicTime) {
    id = connection.id
    peer = connection.peer
    peerIdentity = connection.channel.peerIdentity
    age = now - connection.acceptedAt
    streams = connection.stream == nil ? 0 : 1
    totals = connection.totals
    phase =
      if connection.phase != .serving || connection.isEnding {
        .ending
      } else if connection.isDraining {
        .draining
      } else {
        connection.totals.streamsOpened > 0 ? .serving : .opening
      }
  }
}

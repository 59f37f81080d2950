public import EventLoop
import HTTP2

/// What a connection has done, for those who look at it. The numbers only grow; the times are those
/// of the last event of their kind, nil before the first.
public struct ConnectionActivity: Sendable, Equatable {
  /// Streams that ended without END_STREAM of the server.
  public var streamsFailed = 0
  /// gRPC messages, and pieces of other bodies.
  public var messagesSent = 0
  /// gRPC messages: those of servers as calls take them.
  public var messagesReceived = 0
  public var keepAlivesSent = 0
  public var lastStreamAt: MonotonicTime?
  public var lastMessageSentAt: MonotonicTime?
  public var lastMessageReceivedAt: MonotonicTime?

  public init() {}
}

/// Everything that is known of one live connection at the moment when its loop was asked.
public struct ConnectionDetails: Sendable, Equatable {
  public let info: ConnectionInfo
  /// This side opens the streams.
  public let isClient: Bool
  public let activity: ConnectionActivity
  /// When the loop was asked, by the clock of the activity's times.
  public let time: MonotonicTime
  /// Nil when it is not known, as for some channels.
  public let localAddress: SocketAddress?
  public let peerAddress: SocketAddress?
  /// Bytes of DATA that the peer lets this side send on the connection; nil before HTTP/2 began,
  /// and with HTTP/1.1.
  public let sendWindow: Int?
  /// Bytes of DATA that this side lets the peer send.
  public let receiveWindow: Int?
}

extension ConnectionDetails {
  init(_ connection: Connection, at now: MonotonicTime) {
    info = ConnectionInfo(connection, at: now)
    isClient = connection.session.role == .client
    activity = connection.activity
    time = now
    localAddress = connection.channel?.localAddress
    peerAddress = connection.channel?.peerAddress
    sendWindow = connection.session.sendWindow
    receiveWindow = connection.session.receiveWindow
  }

  init(_ connection: SilentConnection, at now: MonotonicTime) {
    info = ConnectionInfo(connection, at: now)
    isClient = false
    activity = ConnectionActivity()
    time = now
    localAddress = connection.channel.localAddress
    peerAddress = connection.channel.peerAddress
    sendWindow = nil
    receiveWindow = nil
  }

  init(_ connection: HTTP1Connection, at now: MonotonicTime) {
    info = ConnectionInfo(connection, at: now)
    isClient = false
    activity = connection.activity
    time = now
    localAddress = connection.channel.localAddress
    peerAddress = connection.channel.peerAddress
    sendWindow = nil
    receiveWindow = nil
  }
}

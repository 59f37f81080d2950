public import EventLoop
public import HTTP2

/// What an operator may want to know about a server's connections; for logs and counters.
public enum ConnectionEvent: Sendable {
  case opened(peer: String)
  /// `reason` is text for people.
  case closed(peer: String, reason: String)
  /// Something of the peer was turned away.
  case refused(peer: String, HTTP2Refusal)
  /// A request of the peer was reset because it is none.
  case malformed(peer: String, RequestFault)
  /// The server is full: this one, idle for longer than any other, was closed for a new one.
  case madeRoom(peer: String)
  /// Above `ConnectionLimits.maxConnections`, and no connection is idle.
  case tooManyConnections
  /// Accepting failed; it goes on after a pause.
  case acceptFailed(SystemError)
}

/// Told about a server's connections on their loops: must be cheap and must not block.
public protocol ConnectionObserver: Sendable {
  func connectionEvent(_ event: ConnectionEvent)
}

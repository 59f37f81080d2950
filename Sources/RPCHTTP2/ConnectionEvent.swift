public import EventLoop
public import HTTP1
public import HTTP2
import RPC

/// Something that has happened to a server's connections; for logs and counters.
public enum ConnectionEvent: Sendable {
  case opened(peer: String)
  /// The end of what `opened` told of. `reason` is text for people.
  case closed(peer: String, reason: String, ConnectionTotals)
  /// A frame, a request or the whole connection of the peer was turned away.
  case refused(peer: String, HTTP2Refusal)
  /// A request of the peer was reset because it is malformed.
  case malformed(peer: String, RequestFault)
  /// A request over HTTP/1.1 is malformed, or not to be taken: it was answered, and the connection
  /// ended.
  case malformedHTTP1(peer: String, HTTP1Fault)
  /// The server is full: the connection that was idle for longest was closed for a new one.
  case madeRoom(peer: String)
  /// Above `ConnectionLimits.maxConnections`, and no connection is idle.
  case tooManyConnections
  /// Above `ConnectionLimits.maxHandshakesPerSecond`: the connection was closed.
  case tooManyHandshakes(peer: String)
  /// Accepting failed; it goes on after a pause.
  case acceptFailed(SystemError)
}

/// Is told of the start and the end of a server's connections, and of refusals.
public protocol ConnectionObserver: Sendable {
  /// Called by the loop of the connection, or of the listener, in the middle of its work: several
  /// loops may call at once. Must be cheap and must not block.
  func connectionEvent(_ event: ConnectionEvent)
}

extension ConnectionEvent {
  /// What was refused, if anything was.
  var refusalClass: RefusalClass? {
    switch self {
    case .opened, .closed: nil
    case .refused(_, let refusal): refusal.refusalClass
    case .malformed, .malformedHTTP1: .malformedRequest
    case .madeRoom: .replacedConnection
    case .tooManyConnections: .tooManyConnections
    case .tooManyHandshakes: .tooManyHandshakes
    case .acceptFailed: .acceptFailed
    }
  }
}

extension HTTP2Refusal {
  /// Nil where the caller counts what it decided.
  var refusalClass: RefusalClass? {
    switch self {
    case .badPreface: .badPreface
    case .headerListTooLarge: .headerListTooLarge
    case .headerListOverSoftLimit: .headerListOverSoftLimit
    case .tooManyStreams: .tooManyStreams
    case .tooManyOpenRequests: .tooManyOpenRequests
    case .resetFlood: .resetFlood
    case .inducedResetFlood: .inducedResetFlood
    case .pingFlood: .pingFlood
    case .settingsFlood: .settingsFlood
    case .dataFlood: .dataFlood
    case .glitchFlood: .glitchFlood
    case .continuationFlood: .continuationFlood
    case .outboundFlood: .outboundFlood
    case .streamError: .streamError
    case .protocolViolation: .protocolViolation
    case .compressionError: .compressionError
    case .internalError: .internalError
    case .callerDecision: nil
    }
  }
}

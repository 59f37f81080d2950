/// What a server turns away, one case for each reason that is counted.
///
/// A class counts connections, frames, requests or calls, whatever is refused: see `RefusalCounts`.
public enum RefusalClass: Int, CaseIterable, Sendable {
  // Connections.
  /// A connection above `maxConnections` while none is idle.
  case tooManyConnections
  /// An idle connection that made room for another one.
  case replacedConnection
  /// An idle connection above those that its host may have.
  case tooManyIdle
  /// A connection that the system had no descriptor or memory for.
  case acceptFailed
  /// A connection above the TLS handshakes that its host may begin.
  case tooManyHandshakes
  /// The first bytes were those of no protocol that is served.
  case badPreface
  /// No preface and SETTINGS, or no end of the channel's handshake, in time.
  case handshakeTimeout
  /// A header block that was not complete in time.
  case headerBlockTimeout
  /// A connection whose peer does not read.
  case stalledConnection
  /// A stream whose window its peer does not open.
  case stalledStream
  /// A stream whose handler reads nothing while the server holds too many bytes.
  case unreadStream
  // What a peer makes the server do.
  case tooManyPings
  case resetFlood
  case inducedResetFlood
  case pingFlood
  case settingsFlood
  case dataFlood
  case glitchFlood
  case continuationFlood
  case outboundFlood
  // Faults.
  case streamError
  case protocolViolation
  case compressionError
  case malformedRequest
  case internalError
  // Requests.
  case headerListTooLarge
  case headerListOverSoftLimit
  case tooManyStreams
  case tooManyOpenRequests
  /// A request that is neither gRPC nor HTTP that is answered: 415 or 405; or one that breaks the
  /// rules of its `WebProtocol`.
  case notGRPC
  case unknownMethod
  case badTimeout
  case unsupportedEncoding
  case notAdmitted
  /// A web page's request whose origin no `WebPolicy` names.
  case originNotAllowed
  /// A request to a host that no `WebPolicy` names.
  case hostNotAllowed
  // Load.
  case handlerLimit
  case memory
  case loopLag
  case heldBytes
  // Messages.
  /// A message, or a body, that took too long to arrive.
  case slowMessage
  case messageTooLarge
  case badFraming
  /// No message, or two, where one is expected.
  case messageCount
  case undecodableMessage

  /// A name for logs and metrics, in snake case; it does not change.
  public var label: StaticString {
    switch self {
    case .tooManyConnections: "too_many_connections"
    case .replacedConnection: "replaced_connection"
    case .tooManyIdle: "too_many_idle"
    case .acceptFailed: "accept_failed"
    case .tooManyHandshakes: "too_many_handshakes"
    case .badPreface: "bad_preface"
    case .handshakeTimeout: "handshake_timeout"
    case .headerBlockTimeout: "header_block_timeout"
    case .stalledConnection: "stalled_connection"
    case .stalledStream: "stalled_stream"
    case .unreadStream: "unread_stream"
    case .tooManyPings: "too_many_pings"
    case .resetFlood: "reset_flood"
    case .inducedResetFlood: "induced_reset_flood"
    case .pingFlood: "ping_flood"
    case .settingsFlood: "settings_flood"
    case .dataFlood: "data_flood"
    case .glitchFlood: "glitch_flood"
    case .continuationFlood: "continuation_flood"
    case .outboundFlood: "outbound_flood"
    case .streamError: "stream_error"
    case .protocolViolation: "protocol_violation"
    case .compressionError: "compression_error"
    case .malformedRequest: "malformed_request"
    case .internalError: "internal_error"
    case .headerListTooLarge: "header_list_too_large"
    case .headerListOverSoftLimit: "header_list_over_soft_limit"
    case .tooManyStreams: "too_many_streams"
    case .tooManyOpenRequests: "too_many_open_requests"
    case .notGRPC: "not_grpc"
    case .unknownMethod: "unknown_method"
    case .badTimeout: "bad_timeout"
    case .unsupportedEncoding: "unsupported_encoding"
    case .notAdmitted: "not_admitted"
    case .originNotAllowed: "origin_not_allowed"
    case .hostNotAllowed: "host_not_allowed"
    case .handlerLimit: "handler_limit"
    case .memory: "memory"
    case .loopLag: "loop_lag"
    case .heldBytes: "held_bytes"
    case .slowMessage: "slow_message"
    case .messageTooLarge: "message_too_large"
    case .badFraming: "bad_framing"
    case .messageCount: "message_count"
    case .undecodableMessage: "undecodable_message"
    }
  }
}

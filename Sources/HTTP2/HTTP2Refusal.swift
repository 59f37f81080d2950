/// What a session turned away, for logs and counters. The raw value is a label for metrics.
public enum HTTP2Refusal: String, CaseIterable, Sendable {
  /// The first bytes were no HTTP/2 preface.
  case badPreface = "bad_preface"
  /// A header block with too many bytes or fields.
  case headerListTooLarge = "header_list_too_large"
  /// A header block with more bytes than the soft limit, of which some pass.
  case headerListOverSoftLimit = "header_list_over_soft_limit"
  /// A stream above the number of calls that a connection may have at work.
  case tooManyStreams = "too_many_streams"
  /// A call while the calls in progress take all memory that the server has for them.
  case tooManyOpenRequests = "too_many_open_requests"
  /// More RST_STREAMs than the budget allows (CVE-2023-44487).
  case resetFlood = "reset_flood"
  /// The peer made this side send more RST_STREAMs than the budget allows (CVE-2025-8671).
  case inducedResetFlood = "induced_reset_flood"
  /// Frames that cost work and carry nothing: PRIORITY, WINDOW_UPDATE, GOAWAY, unknown types, empty
  /// CONTINUATION (CVE-2019-9513, -9517). They share a budget with the next three; the frame that
  /// found it used up names the class.
  case glitchFlood = "glitch_flood"
  /// PING (CVE-2019-9512).
  case pingFlood = "ping_flood"
  /// SETTINGS (CVE-2019-9515).
  case settingsFlood = "settings_flood"
  /// DATA that is empty, tiny or padded (CVE-2019-9518).
  case dataFlood = "data_flood"
  /// One header block in too many CONTINUATION frames (CVE-2024-28182).
  case continuationFlood = "continuation_flood"
  /// Frames wait to be sent that the peer asked for and does not read.
  case outboundFlood = "outbound_flood"
  /// A violation of RFC 9113 that ends a stream.
  case streamError = "stream_error"
  /// A violation of RFC 9113 that ends the connection.
  case protocolViolation = "protocol_violation"
  /// A header block that HPACK cannot decode.
  case compressionError = "compression_error"
  /// The caller ended the connection with `HTTP2Session.terminate`; it knows why, no event tells.
  case callerDecision = "caller_decision"
  /// This side could not go on.
  case internalError = "internal_error"
}

extension HTTP2Refusal {
  /// The budget of glitches was used up: useful frames may earn some of it back.
  var isOfGlitches: Bool {
    switch self {
    case .glitchFlood, .pingFlood, .settingsFlood, .dataFlood: true
    default: false
    }
  }

  /// A header block was above a limit.
  public var isOfHeaderList: Bool {
    self == .headerListTooLarge || self == .headerListOverSoftLimit
  }
}

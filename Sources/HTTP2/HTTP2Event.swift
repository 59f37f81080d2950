public import Wire

/// What happened on a connection. Drained with `HTTP2Session.nextEvent()`, in the order in which it
/// happened, after `receive` and after `produceOutput`.
public enum HTTP2Event {
  /// A complete header block: a new request (servers), or the response's head (clients; interim
  /// responses with a 1xx status are skipped). With `endStream` the peer's half is over.
  case headers(HTTP2Stream, HeaderFields, endStream: Bool)
  /// Bytes of the body: `HTTP2Session.data(in:)` gives them until the event after this one is
  /// drained. They are charged to both windows until `HTTP2Session.consume`. May be empty with
  /// `endStream`.
  case data(HTTP2Stream, Range<Int>, endStream: Bool)
  /// Trailers, which end the peer's half.
  case trailers(HTTP2Stream, HeaderFields)
  /// A header block exceeded the limits. Nothing of it was kept. Servers: but for trailers, the
  /// stream is new and has seen no `headers`; unless `closed` follows it can be answered. It holds
  /// no slot.
  case headerListTooLarge(HTTP2Stream, HeaderListExcess, endStream: Bool)
  /// The send queue is down to half of the watermark after it had reached it.
  case writable(HTTP2Stream)
  /// The stream is over: its last event. Calls on it are no-ops from here on.
  case closed(HTTP2Stream, HTTP2CloseReason)
  /// The peer's GOAWAY. Streams it did not process are closed with `unprocessed`. `debug` is at
  /// most 256 bytes, control characters replaced.
  case goAway(lastStreamID: Int32, HTTP2ErrorCode, debug: String)
  /// The peer's SETTINGS were applied.
  case settings
  /// The peer answered a PING of `HTTP2Session.ping`.
  case pingAcked(UInt64)
  /// Something was turned away; for logs and counters, nothing needs to be done. Stream 0 is the
  /// connection.
  case refused(HTTP2Refusal, streamID: Int32)
  /// A request was reset because it is none; for logs and counters, as `refused`.
  case malformed(RequestFault, streamID: Int32)
}

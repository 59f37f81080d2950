/// What is wrong with a frame for the stream that it names. The raw value says it to the peer.
enum StreamFault: String {
  case closed = "a frame on a stream that the client has closed"
  case fallingIdentifier = "a stream identifier below one that is in use"
  case priorityOnConnection = "PRIORITY on stream 0"
  /// RFC 7540 section 5.3.1; RFC 9113 has no dependencies any more.
  case selfDependency = "a stream that depends on itself"

  var code: HTTP2ErrorCode { self == .closed ? .streamClosed : .protocolError }
}

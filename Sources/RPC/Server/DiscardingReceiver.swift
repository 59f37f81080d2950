import Wire

/// Drops the bytes that still arrive on a stream after its answer.
final class DiscardingReceiver: StreamReceiver {
  private let stream: any TransportStream

  init(_ stream: any TransportStream) { self.stream = stream }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}
  func received(_ bytes: RawSpan, endStream: Bool) { stream.consumed(bytes.byteCount) }
  func receivedTrailers(_ fields: HeaderFields) {}
  func writable() {}
  func timerFired() {}
  func closed(_ reason: StreamCloseReason) {}
}

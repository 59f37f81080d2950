internal import CNGHTTP2
import Wire

extension HTTP2Session {
  /// Feeds bytes that were read. What they mean comes out of `nextEvent`.
  ///
  /// - Throws: when the connection is over. Drain the events, write what `produceOutput` gives (the
  ///   GOAWAY), and close. Bytes given after that are ignored.
  public func receive(_ bytes: RawSpan) throws(HTTP2Error) {
    guard failure == nil, !isOver, !isDeaf, !bytes.isEmpty else { return }
    if events.isEmpty { dataBuffer.removeAll(keeping: Self.keptDataBytes) }
    try scan(bytes, from: try receivePreface(bytes))
    try settle()
  }

  /// The next event, or nil when there is none; body bytes of earlier events are gone then.
  public func nextEvent() -> HTTP2Event? {
    if let event = events.next() { return event }
    dataBuffer.removeAll(keeping: Self.keptDataBytes)
    return nil
  }

  /// The body bytes of a `data` event, valid until `nextEvent` or `receive` is called. To call it
  /// on a session that is another object's property, bind that to a local constant first.
  @_lifetime(borrow self)
  public func data(in range: Range<Int>) -> RawSpan {
    let span = dataBuffer.span(in: range)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// Tells that the application has used up `count` bytes of the stream's body: both windows open
  /// by as much. More than was received is taken as all that was.
  public func consume(_ stream: HTTP2Stream, _ count: Int) {
    keep(stream, count)
    openWindow(stream)
  }

  /// Tells that the application keeps `count` bytes of the stream's body for now: the connection's
  /// window opens by as much, for other streams, and the stream's own with `openWindow`.
  public func keep(_ stream: HTTP2Stream, _ count: Int) {
    let count = min(max(0, count), stream.unconsumedBytes)
    guard count > 0, !stream.isClosed, failure == nil else { return }
    stream.unconsumedBytes -= count
    stream.keptBytes += count
    pendingConsumption += count
  }

  /// Opens the stream's window by all that was kept.
  public func openWindow(_ stream: HTTP2Stream) {
    let count = stream.keptBytes
    guard count > 0, !stream.isClosed, failure == nil else { return }
    stream.keptBytes = 0
    // No more comes on this stream: its window has no use.
    guard !stream.remoteEnded else { return }
    unsafe checked(nghttp2_session_consume_stream(handle, stream.id, count))
  }

  /// Gives a call's slot back: its handler is done. Until then it counts against
  /// `HTTP2Limits.maxConcurrentStreams`, even when the stream is long closed, so that a peer cannot
  /// put more handlers to work by resetting streams (CVE-2023-44487). Again is a no-op.
  public func release(_ stream: HTTP2Stream) {
    if stream.takeSlot() { releaseSlot() }
  }

  /// Gives back a slot that was taken from its stream.
  public func releaseSlot() { heldSlots -= 1 }

  /// What a callback could not do itself.
  private func settle() throws(HTTP2Error) {
    if isDrainPingAcked {
      isDrainPingAcked = false
      finishGracefulShutdown()
    }
    if unsafe nghttp2_session_get_outbound_queue_size(handle) > limits.maxQueuedFrames {
      throw fail(.outboundFlood, .enhanceYourCalm, "too many frames wait to be read")
    }
    if let failure { throw failure }
  }

  func overBudget(_ refusal: HTTP2Refusal) -> HTTP2Error {
    pendingRefusal = nil
    let debug =
      switch refusal {
      case .resetFlood: "too many RST_STREAM frames"
      case .inducedResetFlood: "too many stream errors"
      case .continuationFlood: "too many CONTINUATION frames"
      case .glitchFlood: "too many frames without use"
      case .pingFlood: "too many PING frames"
      case .settingsFlood: "too many SETTINGS frames"
      case .dataFlood: "too many DATA frames without use"
      default: refusal.rawValue
      }
    return fail(refusal, .enhanceYourCalm, debug)
  }
}

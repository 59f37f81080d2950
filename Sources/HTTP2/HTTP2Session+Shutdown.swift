internal import CNGHTTP2

extension HTTP2Session {
  /// The PING that measures the round trip of a drain: "drainrtt".
  static let drainPing: UInt64 = 0x6472_6169_6e72_7474

  /// Servers: announces that the connection goes away and keeps taking streams for one round trip,
  /// so that none in flight is lost (RFC 9113 section 6.8): GOAWAY with the highest identifier, a
  /// PING, and at its answer the GOAWAY that names the last stream. Clients: GOAWAY at once.
  ///
  /// Streams in flight go on; `isFinished` is true when the last has ended. A peer that does not
  /// answer the PING is cut short by `finishGracefulShutdown`, at the caller's time.
  public func beginGracefulShutdown() {
    guard failure == nil, !isOver, !isDraining else { return }
    isDraining = true
    guard role == .server else {
      goAway()
      return
    }
    unsafe checked(nghttp2_submit_shutdown_notice(handle))
    ping(Self.drainPing)
  }

  /// The second step of a drain, done by the session itself when the peer has answered.
  public func finishGracefulShutdown() {
    goAway()
  }

  /// GOAWAY: no new streams; streams in flight go on.
  public func goAway(_ code: HTTP2ErrorCode = .noError, debug: String = "") {
    guard failure == nil, !isOver else { return }
    isDraining = true
    if code != .noError { isCallersGoAway = true }
    var text = debug
    let last = unsafe nghttp2_session_get_last_proc_stream_id(handle)
    let result = text.withUTF8 { text in
      unsafe nghttp2_submit_goaway(
        handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code.rawValue, text.baseAddress,
        min(text.count, 256))
    }
    checked(result)
  }

  /// Ends the connection: the next output is a GOAWAY with this code and nothing else; what is
  /// queued is dropped. Streams get their `closed` from `connectionLost`.
  public func terminate(_ code: HTTP2ErrorCode, debug: String) {
    guard failure == nil, !isOver else { return }
    end(.connection(.callerDecision, code, debug: debug), code, debug)
  }

  /// The connection is gone, or is about to be closed: every stream ends with `connectionLost`, and
  /// the session does nothing more.
  public func connectionLost() {
    guard !isOver else { return }
    isOver = true
    for stream in streams {
      let isUntouched = role == .client && !stream.isOnTheWire
      report(stream, closed: isUntouched ? .unprocessed : .connectionLost)
    }
    forgetStreams()
    headerStream = nil
    finalFrame = nil
  }

  /// Sends a PING; its answer is `HTTP2Event.pingAcked` with the same bits.
  public func ping(_ opaque: UInt64) {
    guard failure == nil, !isOver else { return }
    let result = unsafe withUnsafeBytes(of: opaque.bigEndian) { bytes in
      unsafe nghttp2_submit_ping(
        handle, UInt8(NGHTTP2_FLAG_NONE.rawValue),
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    checked(result)
  }

  /// Reports a stream's end once, and gives back to the connection's window what its reader did not
  /// use.
  func report(_ stream: HTTP2Stream, closed reason: HTTP2CloseReason) {
    guard !stream.isClosed else { return }
    stream.isClosed = true
    if stream.answeredEarlyAt != nil { answeredEarly -= 1 }
    stream.isSendingOver = true
    queuedBytes -= stream.queue.count
    stream.queue.removeAll()
    stream.ending = .open
    pendingConsumption += stream.unconsumedBytes
    stream.unconsumedBytes = 0
    if stream.isAnnounced { events.append(.closed(stream, reason)) }
  }
}

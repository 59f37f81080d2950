internal import CNGHTTP2
public import Wire

extension HTTP2Session {
  /// The most that nghttp2 puts into one DATA frame.
  private static let frameBytes = 16 * 1024

  /// Opens a stream with a request's header block (clients).
  ///
  /// Above the server's limit of concurrent streams the request waits in the session until another
  /// stream ends.
  ///
  /// - Returns: nil when the connection takes no new streams: GOAWAY, identifiers used up, over.
  public func openStream(_ block: HeaderFields, endStream: Bool) -> HTTP2Stream? {
    guard role == .client, failure == nil, !isOver, canOpenStream else { return nil }
    let stream = newStream(0)
    let id = unsafe block.bytes.withUnsafeBufferPointer { bytes in
      unsafe h2shim_submit_request(
        handle, bytes.baseAddress, block.count, endStream ? nil : readQueuedBytes, stream.opaque)
    }
    guard id > 0 else {
      checked(id)
      return nil
    }
    stream.id = id
    stream.isSourceAttached = !endStream
    stream.isSendingOver = endStream
    adopt(stream)
    return stream
  }

  /// A client may open another stream.
  public var canOpenStream: Bool {
    unsafe goAwayLastStreamID == nil && nghttp2_session_check_request_allowed(handle) != 0
  }

  /// Sends a header block: a response's head, or with `endStream` a whole response without a body
  /// (Trailers-Only): one HEADERS frame.
  public func submitHeaders(_ stream: HTTP2Stream, _ block: HeaderFields, endStream: Bool) {
    guard canSend(stream) else { return }
    if endStream { stream.isSendingOver = true }
    submit(block, on: stream, endStream: endStream)
  }

  /// Queues bytes of the body. The caller bounds what it queues: see `HTTP2Stream.queuedBytes` and
  /// `HTTP2Event.writable`.
  public func send(_ stream: HTTP2Stream, _ bytes: consuming [UInt8]) {
    guard canSend(stream), !bytes.isEmpty else { return }
    queuedBytes += bytes.count
    stream.queue.append(bytes)
    if stream.queue.count >= limits.sendHighWatermark { stream.isAboveWatermark = true }
    attachSource(stream)
  }

  /// Ends the body with trailers once everything queued has left.
  public func endWithTrailers(_ stream: HTTP2Stream, _ block: HeaderFields) {
    guard canSend(stream) else { return }
    stream.isSendingOver = true
    if stream.isSourceAttached {
      // The data source submits them behind the last byte: earlier they would overtake it.
      stream.ending = .trailers(block)
    } else {
      // Everything has left, perhaps with the window used up to the last byte: trailers need none.
      submit(block, on: stream, endStream: true)
    }
  }

  /// Ends the body without trailers once everything queued has left: a client's half-close.
  ///
  /// Behind bytes that still wait the end rides on the last of them. Alone it is an empty DATA
  /// frame, which nghttp2 holds back while the peer's window is used up.
  public func end(_ stream: HTTP2Stream) {
    guard canSend(stream) else { return }
    stream.isSendingOver = true
    stream.ending = .endStream
    attachSource(stream)
  }

  /// Ends the stream at once with RST_STREAM and drops the queued bytes. `closed` follows when the
  /// frame is produced.
  public func reset(_ stream: HTTP2Stream, _ code: HTTP2ErrorCode) {
    guard !stream.isClosed, !stream.isResetByCaller, failure == nil, !isOver else { return }
    stream.isResetByCaller = true
    stream.isSendingOver = true
    queuedBytes -= stream.queue.count
    stream.queue.removeAll()
    unsafe checked(
      nghttp2_submit_rst_stream(handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code.rawValue)
    )
    // A request that still waits for its turn is withdrawn without a frame, in nghttp2's own time.
    if !stream.isOnTheWire { report(stream, closed: .resetLocally(code)) }
  }

  /// Servers: ends the streams whose answer is as old as `age` and whose request is still not
  /// complete, with RST_STREAM NO_ERROR (RFC 9113 section 8.1). To be called now and then.
  ///
  /// Until then the session takes the rest of the request: a proxy (HAProxy 2.6 for one) that gets
  /// the reset with the answer reports the reset alone to its client.
  ///
  /// - Returns: whether there were any.
  @discardableResult
  public func resetAnswered(after age: Duration) -> Bool {
    guard answeredEarly > 0, failure == nil, !isOver else { return false }
    let now = clock()
    let age = UInt64(clamping: Int64(age / .nanoseconds(1)))
    var found = false
    for stream in streams {
      guard let answered = stream.answeredEarlyAt, !stream.remoteEnded, !stream.isClosed,
        now >= answered, now - answered >= age
      else { continue }
      reset(stream, .noError)
      found = true
    }
    return found
  }

  private func canSend(_ stream: HTTP2Stream) -> Bool {
    !stream.isSendingOver && !stream.isClosed && failure == nil && !isOver
  }

  /// Makes nghttp2 ask for the stream's bytes. Its data source lives until the queue is empty once:
  /// no source is ever deferred, so none has to be resumed.
  private func attachSource(_ stream: HTTP2Stream) {
    if stream.queue.count > Self.frameBytes, !stream.takesTurns {
      stream.takesTurns = true
      if role == .server { _ = unsafe h2shim_take_turns(handle, stream.id) }
    }
    guard !stream.isSourceAttached else { return }
    stream.isSourceAttached = true
    let result = unsafe h2shim_submit_data(handle, stream.id, readQueuedBytes, stream.opaque)
    // STREAM_CLOSED: nghttp2 has closed the stream, its event is on the way.
    if result != CInt(NGHTTP2_ERR_STREAM_CLOSED.rawValue) { checked(result) }
  }

  private func submit(_ block: HeaderFields, on stream: HTTP2Stream, endStream: Bool) {
    let flags = endStream ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE
    unsafe checked(submitPacked(block, handle, stream.id, flags: UInt8(flags.rawValue)))
  }

  /// Ends the session when one of nghttp2's submit functions fails: NOMEM, or INVALID_ARGUMENT,
  /// which would be a mistake here.
  func checked(_ result: CInt) {
    if result < 0 { _ = fail(library: result) }
  }
}

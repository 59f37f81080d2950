internal import CNGHTTP2

// What nghttp2 calls while it reads or writes. Each function appends an event, counts against a
// limit, or hands out queued bytes. None of them runs a caller's code, feeds the session again or
// traps. The only submissions from in here are those nghttp2 asks to be made here: trailers from
// the data source, RST_STREAM before a header block is given up.

func installCallbacks(on callbacks: OpaquePointer?) {
  unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onBeginHeaders)
  unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks, onHeader)
  unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, onBeginFrame)
  unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrame)
  unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onData)
  unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, onInvalidFrame)
  unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, onFrameSent)
  unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, onFrameNotSent)
  unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onStreamClosed)
  unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks, sendData)
  unsafe nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, ignoreExtension)
}

private let goOn: CInt = 0
/// Ends the connection: nghttp2 stops reading at once.
private let stop = CInt(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
/// Ends the stream: nghttp2 decodes the rest of the block and tells nobody.
private let giveUpBlock = CInt(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)

/// Without retaining: the session outlives every call on it.
@inline(__always)
private func with(
  _ context: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> CInt
) -> CInt {
  guard let context = unsafe context else { return stop }
  return unsafe Unmanaged<HTTP2Session>.fromOpaque(context)._withUnsafeGuaranteedRef { session in
    body(session)
  }
}

/// The object nghttp2 keeps for a stream: alive while nghttp2 knows the stream.
@inline(__always)
private func stream(_ session: OpaquePointer?, _ id: Int32) -> HTTP2Stream? {
  guard let opaque = unsafe nghttp2_session_get_stream_user_data(session, id) else { return nil }
  return unsafe Unmanaged<HTTP2Stream>.fromOpaque(opaque).takeUnretainedValue()
}

// MARK: Reading

private func onBeginFrame(
  _ session: OpaquePointer?, _ header: UnsafePointer<nghttp2_frame_hd>?,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let header = unsafe header?.pointee else { return stop }
  return unsafe with(context) { $0.began(frame: header.type, flags: header.flags) }
}

private func onBeginHeaders(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let frame = unsafe frame else { return stop }
  let id = unsafe frame.pointee.hd.stream_id
  let isRequest = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
  return unsafe with(context) { owner in
    owner.headers.begin()
    guard isRequest else {
      owner.headerStream = unsafe stream(session, id)
      return goOn
    }
    owner.lastStreamID = id
    if owner.heldSlots >= Int(owner.limits.maxConcurrentStreams) {
      owner.headerStream = nil
      owner.events.append(.refused(.tooManyStreams, streamID: id))
      // Before the failure below, whose own RST_STREAM would say INTERNAL_ERROR.
      unsafe nghttp2_submit_rst_stream(session, 0, id, HTTP2ErrorCode.refusedStream.rawValue)
      return giveUpBlock
    }
    let new = HTTP2Stream(id: id, isServer: true)
    unsafe nghttp2_session_set_stream_user_data(session, id, new.opaque)
    owner.adopt(new)
    owner.headerStream = new
    return goOn
  }
}

private func onHeader(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?,
  _ name: UnsafePointer<UInt8>?, _ nameLength: Int, _ value: UnsafePointer<UInt8>?,
  _ valueLength: Int, _ flags: UInt8, _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { owner in
    let name = unsafe UnsafeBufferPointer(start: name, count: nameLength)
    let value = unsafe UnsafeBufferPointer(start: value, count: valueLength)
    switch unsafe owner.headers.append(name.span, value.span) {
    case .keep, .tooLarge: return goOn
    case .bomb: return owner.bombed()
    }
  }
}

private func onData(
  _ session: OpaquePointer?, _ flags: UInt8, _ id: Int32, _ bytes: UnsafePointer<UInt8>?,
  _ count: Int, _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { owner in
    guard let stream = unsafe stream(session, id), !stream.isClosed else {
      owner.pendingConsumption += count
      return goOn
    }
    stream.unconsumedBytes += count
    owner.glitches.received(bytes: count)
    let start = owner.dataBuffer.count
    unsafe owner.dataBuffer.append(UnsafeRawBufferPointer(start: bytes, count: count))
    owner.events.appendData(stream, start..<start + count)
    return goOn
  }
}

private func onFrame(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let frame = unsafe frame else { return stop }
  let header = unsafe frame.pointee.hd
  let ends = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
  return unsafe with(context) { owner in
    switch nghttp2_frame_type(UInt32(header.type)) {
    case NGHTTP2_DATA:
      let useful = unsafe header.length - frame.pointee.data.padlen
      return owner.received(data: unsafe stream(session, header.stream_id), useful, ends: ends)
    case NGHTTP2_HEADERS:
      owner.receivedHeaders(endStream: ends)
    case NGHTTP2_RST_STREAM:
      unsafe stream(session, header.stream_id)?.isResetByPeer = true
    case NGHTTP2_SETTINGS:
      if ends { owner.settingsAcked = true } else { owner.events.append(.settings) }
    case NGHTTP2_PING:
      // The ACK flag has END_STREAM's bit.
      if ends { owner.receivedPingAck(unsafe opaque(frame.pointee.ping)) }
    case NGHTTP2_GOAWAY:
      let goAway = unsafe frame.pointee.goaway
      let text = unsafe Array(
        UnsafeBufferPointer(start: goAway.opaque_data, count: min(goAway.opaque_data_len, 256)))
      unsafe owner.received(
        goAway: goAway.last_stream_id, HTTP2ErrorCode(rawValue: goAway.error_code), text)
    default:
      break
    }
    return goOn
  }
}

private func onInvalidFrame(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ error: CInt,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { $0.charge(.frame) }
}

private func ignoreExtension(
  _ session: OpaquePointer?, _ payload: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ header: UnsafePointer<nghttp2_frame_hd>?, _ context: UnsafeMutableRawPointer?
) -> CInt {
  CInt(NGHTTP2_ERR_CANCEL.rawValue)
}

private func opaque(_ ping: nghttp2_ping) -> UInt64 {
  unsafe withUnsafeBytes(of: ping.opaque_data) { bytes in
    unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
  }
}

private func onStreamClosed(
  _ session: OpaquePointer?, _ id: Int32, _ code: UInt32, _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { owner in
    guard let stream = unsafe stream(session, id) else { return goOn }
    unsafe nghttp2_session_set_stream_user_data(session, id, nil)
    owner.closed(stream, HTTP2ErrorCode(rawValue: code))
    return goOn
  }
}

// MARK: Writing

/// The data source of every stream: how much of its queue goes into the next frame. The bytes
/// themselves move in `sendData`.
func readQueuedBytes(
  _ session: OpaquePointer?, _ id: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ length: Int,
  _ flags: UnsafeMutablePointer<UInt32>?, _ source: UnsafeMutablePointer<nghttp2_data_source>?,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let opaque = unsafe source?.pointee.ptr, let flags = unsafe flags else {
    return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
  }
  return unsafe Unmanaged<HTTP2Stream>.fromOpaque(opaque)._withUnsafeGuaranteedRef { stream in
    unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    let count = min(stream.queue.count, length)
    guard count == stream.queue.count else { return count }
    // These are the last bytes for now: this source is done.
    stream.isSourceAttached = false
    unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
    switch stream.ending {
    case .endStream: break
    case .open: unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
    case .trailers(let block):
      unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
      stream.ending = .open
      let end = UInt8(NGHTTP2_FLAG_END_STREAM.rawValue)
      // NOMEM: the stream is reset rather than left without an end.
      if unsafe submitPacked(block, session, id, flags: end) != 0 {
        return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
      }
    }
    return count
  }
}

private func sendData(
  _ session: OpaquePointer?, _ frame: UnsafeMutablePointer<nghttp2_frame>?,
  _ header: UnsafePointer<UInt8>?, _ length: Int,
  _ source: UnsafeMutablePointer<nghttp2_data_source>?, _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let opaque = unsafe source?.pointee.ptr else { return stop }
  return unsafe with(context) { owner in
    guard let output = unsafe owner.output else { return stop }
    unsafe output.pointee.append(contentsOf: UnsafeBufferPointer(start: header, count: 9))
    unsafe Unmanaged<HTTP2Stream>.fromOpaque(opaque)._withUnsafeGuaranteedRef { stream in
      unsafe stream.queue.move(length, to: &output.pointee)
      owner.sent(data: stream, length)
    }
    let isFull = unsafe output.pointee.count >= owner.outputLimit
    return isFull ? CInt(NGHTTP2_ERR_PAUSE.rawValue) : goOn
  }
}

private func onFrameSent(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let frame = unsafe frame else { return stop }
  let header = unsafe frame.pointee.hd
  let ends = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
  return unsafe with(context) { owner in
    switch nghttp2_frame_type(UInt32(header.type)) {
    case NGHTTP2_DATA:
      if ends { owner.sentEnd(unsafe stream(session, header.stream_id)) }
    case NGHTTP2_HEADERS:
      owner.glitches.sent(bytes: 0)
      guard ends || owner.role == .client else { break }
      let stream = unsafe stream(session, header.stream_id)
      stream?.isOnTheWire = true
      if ends { owner.sentEnd(stream) }
    case NGHTTP2_RST_STREAM:
      let code = HTTP2ErrorCode(rawValue: unsafe frame.pointee.rst_stream.error_code)
      owner.sent(reset: unsafe stream(session, header.stream_id), code)
    case NGHTTP2_GOAWAY:
      owner.sent(goAway: HTTP2ErrorCode(rawValue: unsafe frame.pointee.goaway.error_code))
    default:
      break
    }
    return goOn
  }
}

private func onFrameNotSent(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ error: CInt,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let frame = unsafe frame else { return stop }
  let header = unsafe frame.pointee.hd
  guard header.type == UInt8(NGHTTP2_HEADERS.rawValue),
    // The other errors mean that the stream is over already.
    error == CInt(NGHTTP2_ERR_FRAME_SIZE_ERROR.rawValue)
      || error == CInt(NGHTTP2_ERR_HEADER_COMP.rawValue)
  else { return goOn }
  return unsafe with(context) { owner in
    owner.notSent(headersOf: unsafe stream(session, header.stream_id))
    return goOn
  }
}

/// Submits a header block; nghttp2 copies it. 0 or a negative nghttp2_error.
func submitPacked(
  _ block: HeaderBlock, _ session: OpaquePointer?, _ id: Int32, flags: UInt8
) -> CInt {
  unsafe block.bytes.withUnsafeBufferPointer { bytes in
    unsafe block.ends.withUnsafeBufferPointer { ends in
      unsafe h2shim_submit_headers(
        session, flags, id, bytes.baseAddress, ends.baseAddress, ends.count / 2)
    }
  }
}

internal import CNGHTTP2
import Wire

// What nghttp2 calls from within `nghttp2_session_mem_recv`, and when a stream is over.

func onBeginHeaders(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let frame = unsafe frame else { return stop }
  let id = unsafe frame.pointee.hd.stream_id
  let isRequest = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
  return unsafe with(context) { owner in
    owner.headers.begin()
    owner.requestRules.begin(trailers: !isRequest)
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
    let new = owner.newStream(id)
    unsafe nghttp2_session_set_stream_user_data(session, id, new.opaque)
    owner.adopt(new)
    owner.headerStream = new
    return goOn
  }
}

func onHeader(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?,
  _ name: UnsafePointer<UInt8>?, _ nameLength: Int, _ value: UnsafePointer<UInt8>?,
  _ valueLength: Int, _ flags: UInt8, _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { owner in
    let name = unsafe UnsafeBufferPointer(start: name, count: nameLength)
    let value = unsafe UnsafeBufferPointer(start: value, count: valueLength)
    if owner.role == .server, let fault = unsafe owner.requestRules.check(name.span, value.span) {
      return owner.malformed(fault)
    }
    switch unsafe owner.headers.append(name.span, value.span) {
    case .keep, .tooLarge: return goOn
    case .bomb: return owner.bombed()
    }
  }
}

func onData(
  _ session: OpaquePointer?, _ flags: UInt8, _ id: Int32, _ bytes: UnsafePointer<UInt8>?,
  _ count: Int, _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { owner in
    guard let stream = unsafe stream(session, id), owner.takes(count, of: stream) else {
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

func onFrame(
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
      let isPadded = header.flags & UInt8(NGHTTP2_FLAG_PADDED.rawValue) != 0
      owner.received(
        data: unsafe stream(session, header.stream_id), useful, isPadded: isPadded, ends: ends)
    case NGHTTP2_HEADERS:
      owner.receivedHeaders(endStream: ends)
    case NGHTTP2_RST_STREAM:
      unsafe stream(session, header.stream_id)?.isResetByPeer = true
    case NGHTTP2_SETTINGS:
      if ends { owner.settingsAcked = true } else { owner.events.append(.settings) }
    case NGHTTP2_PING:
      // The ACK flag has END_STREAM's bit.
      guard ends else {
        owner.pingsReceived += 1
        break
      }
      owner.receivedPingAck(unsafe opaque(frame.pointee.ping))
    case NGHTTP2_GOAWAY:
      let goAway = unsafe frame.pointee.goaway
      let code = unsafe HTTP2ErrorCode(rawValue: goAway.error_code)
      unsafe owner.received(goAway: goAway.last_stream_id, code, debugText(goAway))
    default:
      break
    }
    return goOn
  }
}

func onInvalidFrame(
  _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ error: CInt,
  _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { $0.receivedInvalidFrame() }
}

/// The first bytes of a GOAWAY's debug text.
func debugText(_ goAway: nghttp2_goaway) -> [UInt8] {
  unsafe Array(
    UnsafeBufferPointer(start: goAway.opaque_data, count: min(goAway.opaque_data_len, 256)))
}

private func opaque(_ ping: nghttp2_ping) -> UInt64 {
  unsafe withUnsafeBytes(of: ping.opaque_data) { bytes in
    unsafe UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
  }
}

func onStreamClosed(
  _ session: OpaquePointer?, _ id: Int32, _ code: UInt32, _ context: UnsafeMutableRawPointer?
) -> CInt {
  unsafe with(context) { owner in
    guard let stream = unsafe stream(session, id) else { return goOn }
    unsafe nghttp2_session_set_stream_user_data(session, id, nil)
    owner.closed(stream, HTTP2ErrorCode(rawValue: code))
    return goOn
  }
}

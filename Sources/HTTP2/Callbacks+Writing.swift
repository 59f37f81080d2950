internal import CNGHTTP2
import Wire

// What nghttp2 calls from within `nghttp2_session_mem_send`.

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

func sendData(
  _ session: OpaquePointer?, _ frame: UnsafeMutablePointer<nghttp2_frame>?,
  _ header: UnsafePointer<UInt8>?, _ length: Int,
  _ source: UnsafeMutablePointer<nghttp2_data_source>?, _ context: UnsafeMutableRawPointer?
) -> CInt {
  guard let opaque = unsafe source?.pointee.ptr else { return stop }
  return unsafe with(context) { owner in
    guard let output = unsafe owner.output else { return stop }
    unsafe output.pointee.append(UnsafeBufferPointer(start: header, count: 9))
    unsafe Unmanaged<HTTP2Stream>.fromOpaque(opaque)._withUnsafeGuaranteedRef { stream in
      unsafe stream.queue.move(length, to: &output.pointee)
      owner.sent(data: stream, length)
    }
    let isFull = unsafe output.pointee.count >= owner.outputLimit
    return isFull ? CInt(NGHTTP2_ERR_PAUSE.rawValue) : goOn
  }
}

func onFrameSent(
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
      owner.messageFramesSent &+= 1
      guard ends || owner.role == .client else { break }
      let stream = unsafe stream(session, header.stream_id)
      stream?.isOnTheWire = true
      if ends { owner.sentEnd(stream) }
    case NGHTTP2_RST_STREAM:
      let code = HTTP2ErrorCode(rawValue: unsafe frame.pointee.rst_stream.error_code)
      owner.sent(reset: unsafe stream(session, header.stream_id), header.stream_id, code)
    case NGHTTP2_GOAWAY:
      let goAway = unsafe frame.pointee.goaway
      let code = unsafe HTTP2ErrorCode(rawValue: goAway.error_code)
      owner.sent(goAway: code, unsafe debugText(goAway))
    default:
      break
    }
    return goOn
  }
}

func onFrameNotSent(
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

/// Submits a header block; nghttp2 copies it unless it is constant. 0 or a negative nghttp2_error.
func submitPacked(
  _ block: HeaderFields, _ session: OpaquePointer?, _ id: Int32, flags: UInt8
) -> CInt {
  unsafe block.bytes.withUnsafeBufferPointer { bytes in
    unsafe h2shim_submit_headers(
      session, flags, id, bytes.baseAddress, block.count, block.isConstant ? 1 : 0)
  }
}

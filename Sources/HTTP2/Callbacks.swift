internal import CNGHTTP2

// What nghttp2 calls while it reads or writes. Each function appends an event, counts against a
// limit, or hands out queued bytes. None of them runs a caller's code, feeds the session again or
// traps. The only submissions from in here are those nghttp2 asks to be made here: trailers from
// the data source, RST_STREAM before a header block is given up, or for a malformed request, so
// that nghttp2 passes over the rest of it.

func installCallbacks(on callbacks: OpaquePointer?) {
  unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, onBeginHeaders)
  unsafe nghttp2_session_callbacks_set_on_header_callback(callbacks, onHeader)
  unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, onFrame)
  unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, onData)
  unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, onInvalidFrame)
  unsafe nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, onFrameSent)
  unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, onFrameNotSent)
  unsafe nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, onStreamClosed)
  unsafe nghttp2_session_callbacks_set_send_data_callback(callbacks, sendData)
}

let goOn: CInt = 0
/// Ends the connection: nghttp2 stops reading at once.
let stop = CInt(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
/// Ends the stream: nghttp2 decodes the rest of the block without calling back.
let giveUpBlock = CInt(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)

/// Without retaining: the session outlives every call on it.
@inline(__always)
func with(
  _ context: UnsafeMutableRawPointer?, _ body: (HTTP2Session) -> CInt
) -> CInt {
  guard let context = unsafe context else { return stop }
  return unsafe Unmanaged<HTTP2Session>.fromOpaque(context)._withUnsafeGuaranteedRef { session in
    body(session)
  }
}

/// The object nghttp2 keeps for a stream: alive while nghttp2 knows the stream.
@inline(__always)
func stream(_ session: OpaquePointer?, _ id: Int32) -> HTTP2Stream? {
  guard let opaque = unsafe nghttp2_session_get_stream_user_data(session, id) else { return nil }
  return unsafe Unmanaged<HTTP2Stream>.fromOpaque(opaque).takeUnretainedValue()
}

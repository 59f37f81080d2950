internal import CNGHTTP2
internal import CSessionMemory

/// A new nghttp2 session whose callbacks write to `owner`, which owns it.
func makeSession(for owner: HTTP2Session) throws(HTTP2Error) -> OpaquePointer? {
  var callbacks: OpaquePointer? = nil
  var option: OpaquePointer? = nil
  // Both return NOMEM or 0.
  guard unsafe nghttp2_session_callbacks_new(&callbacks) == 0 else { throw .library("no memory") }
  defer { unsafe nghttp2_session_callbacks_del(callbacks) }
  guard unsafe nghttp2_option_new(&option) == 0 else { throw .library("no memory") }
  defer { unsafe nghttp2_option_del(option) }
  unsafe installCallbacks(on: callbacks)
  unsafe configure(option, owner.limits)
  switch owner.role {
  // `RequestRules` look at requests.
  case .server: unsafe nghttp2_option_set_no_http_messaging(option, 1)
  // `HeaderCollector` leaves the blanks out.
  case .client:
    unsafe nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1)
  }

  var session: OpaquePointer? = nil
  let context = unsafe Unmanaged.passUnretained(owner).toOpaque()
  let memory = unsafe csessionmemory()
  let result =
    switch owner.role {
    case .server:
      unsafe nghttp2_session_server_new3(&session, callbacks, context, option, memory)
    case .client:
      unsafe nghttp2_session_client_new3(&session, callbacks, context, option, memory)
    }
  guard result == 0 else { throw .library("no memory") }
  return unsafe session
}

private func configure(_ option: OpaquePointer?, _ limits: HTTP2Limits) {
  unsafe nghttp2_option_set_no_auto_window_update(option, 1)
  // `ClientPreface` looks at it.
  unsafe nghttp2_option_set_no_recv_client_magic(option, 1)
  unsafe nghttp2_option_set_no_closed_streams(option, 1)
  unsafe nghttp2_option_set_max_outbound_ack(option, max(1, limits.maxQueuedAcks))
  unsafe nghttp2_option_set_max_settings(option, max(1, limits.maxSettingsEntries))
  // The session counts these before nghttp2 does, to answer with a debug text.
  unsafe nghttp2_option_set_max_continuations(
    option, min(max(0, limits.maxContinuations), Int(Int32.max)) + 1)
  unsafe nghttp2_option_set_max_send_header_block_length(
    option, max(0, limits.maxSendHeaderBlockBytes))
  unsafe nghttp2_option_set_max_deflate_dynamic_table_size(
    option, max(0, limits.sendHeaderTableBytes))
  // The session counts RST_STREAMs itself, to answer with a debug text; nghttp2 counts far behind.
  unsafe nghttp2_option_set_stream_reset_rate_limit(
    option, UInt64(min(max(0, limits.resets.burst), Int(Int32.max))) * 8 + 8,
    UInt64(min(max(0, limits.resets.perSecond), Int(Int32.max))) * 8 + 8)
}

extension HTTP2Session {
  /// Queues this side's SETTINGS and the connection's window.
  func submitSettings() throws(HTTP2Error) {
    var entries: [nghttp2_settings_entry] = []
    func set(_ id: nghttp2_settings_id, _ value: Int) {
      entries.append(
        nghttp2_settings_entry(
          settings_id: Int32(id.rawValue), value: UInt32(clamping: value)))
    }
    let window = min(max(0, limits.streamWindowBytes), Int(Int32.max))
    set(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window)
    set(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.announcedHeaderListBytes)
    let frame = min(max(1 << 14, limits.maxFrameBytes), (1 << 24) - 1)
    if frame != 1 << 14 { set(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, frame) }
    if limits.headerTableBytes != 4096 {
      set(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, max(0, limits.headerTableBytes))
    }
    switch role {
    case .server:
      set(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, Int(limits.maxConcurrentStreams))
      // RFC 9218: no dependency tree, so no peer can make one grow.
      set(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1)
    case .client:
      set(NGHTTP2_SETTINGS_ENABLE_PUSH, 0)
    }
    let connection = min(max(65_535, limits.connectionWindowBytes), Int(Int32.max))
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    guard
      unsafe nghttp2_submit_settings(handle, none, entries, entries.count) == 0,
      unsafe nghttp2_session_set_local_window_size(handle, none, 0, Int32(connection)) == 0
    else { throw .library("the settings do not fit") }
  }
}

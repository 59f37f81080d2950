internal import CNGHTTP2

extension HTTP2Session {
  /// The streams that the peer allows at once (RFC 9113 section 5.1.2), as far as it has said.
  private var peerMaxConcurrentStreams: Int {
    Int(
      unsafe nghttp2_session_get_remote_settings(
        handle, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
  }

  /// Whether one more stream leaves at once (clients): the peer allows it, and the frames that wait
  /// to be sent are not too many already. To be asked when the peer's SETTINGS have come: a server
  /// refuses what is too much for it before they say so.
  public var hasRoomForStream: Bool {
    guard openStreams < peerMaxConcurrentStreams else { return false }
    return unsafe nghttp2_session_get_outbound_queue_size(handle) < limits.maxQueuedFrames / 2
  }
}

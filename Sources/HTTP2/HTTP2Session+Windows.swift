internal import CNGHTTP2

extension HTTP2Session {
  /// Changes the window that the connection's streams share: bytes that may come beyond those that
  /// were consumed. A larger one is given to the peer at once, of a smaller one the peer takes the
  /// difference before it gets more.
  ///
  /// - Parameter bytes: 65,535 to 2^31 - 1.
  public func setReceiveWindow(_ bytes: Int) {
    setWindow(bytes, stream: 0)
  }

  /// The same for a stream's own window.
  ///
  /// - Parameters:
  ///   - bytes: 0 to 2^31 - 1.
  ///   - stream: without effect once its peer has ended it.
  public func setReceiveWindow(_ bytes: Int, of stream: HTTP2Stream) {
    guard !stream.isClosed, !stream.remoteEnded else { return }
    setWindow(bytes, stream: stream.id)
  }

  /// Bytes of DATA that this side lets the peer send on a stream; 0 for one that is over.
  public func receiveWindow(of stream: HTTP2Stream) -> Int {
    guard !stream.isClosed else { return 0 }
    return max(
      0, unsafe Int(nghttp2_session_get_stream_local_window_size(handle, stream.id)))
  }

  private func setWindow(_ bytes: Int, stream: Int32) {
    guard failure == nil, !isOver else { return }
    let window = Int32(min(max(0, bytes), Int(Int32.max)))
    let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
    // NOMEM; or INVALID_ARGUMENT and FLOW_CONTROL, which the bounds exclude.
    unsafe checked(nghttp2_session_set_local_window_size(handle, none, stream, window))
  }
}

internal import CNGHTTP2

extension HTTP2Session {
  /// Appends frames to `output` until nothing can be sent or `output` holds `limit` bytes (it may
  /// hold up to one frame more).
  ///
  /// Body bytes go from the stream's chunks straight behind their frame header, many at once without
  /// being copied. Drain the events afterwards: streams may have ended.
  ///
  /// - Returns: true when the limit was reached and there may be more.
  public func produceOutput(into output: inout HTTP2Output, limit: Int) -> Bool {
    guard canProduce, !isOver else { return false }
    if failure == nil { submitPending() }
    if failure == nil {
      unsafe withUnsafeMutablePointer(to: &output) { output in
        unsafe self.output = output
        outputLimit = limit
        unsafe run(into: output, limit: limit)
        unsafe self.output = nil
      }
      if let refusal = pendingRefusal { _ = overBudget(refusal) }
    }
    if let frame = finalFrame {
      output.append(frame)
      finalFrame = nil
    }
    return wantsWrite && output.count >= limit
  }

  private func run(into output: UnsafeMutablePointer<HTTP2Output>, limit: Int) {
    while unsafe output.pointee.count < limit, failure == nil, pendingRefusal == nil {
      var bytes: UnsafePointer<UInt8>? = nil
      let count = unsafe nghttp2_session_mem_send(handle, &bytes)
      if count > 0 {
        unsafe output.pointee.append(UnsafeBufferPointer(start: bytes, count: count))
        hasProducedOutput = true
      } else if count < 0 {
        // NOMEM or CALLBACK_FAILURE: the session may only be deleted.
        _ = fail(library: CInt(clamping: count))
      } else if unsafe pendingResets.isEmpty || output.pointee.count >= limit {
        return
      } else {
        submitPending()
      }
    }
  }

  /// Submits what callbacks may not: RST_STREAMs, and the bytes consumed on the connection's
  /// window.
  private func submitPending() {
    if pendingConsumption > 0 {
      let count = pendingConsumption
      pendingConsumption = 0
      unsafe checked(nghttp2_session_consume_connection(handle, count))
    }
    guard !pendingResets.isEmpty else { return }
    for reset in pendingResets {
      unsafe checked(
        nghttp2_submit_rst_stream(
          handle, UInt8(NGHTTP2_FLAG_NONE.rawValue), reset.stream, reset.code.rawValue))
    }
    pendingResets.removeAll(keepingCapacity: true)
  }
}

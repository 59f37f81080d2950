import HTTP2

extension HTTP2Session {
  /// The same as an array of bytes.
  func produceOutput(into bytes: inout [UInt8], limit: Int) -> Bool {
    var output = HTTP2Output()
    let hasMore = produceOutput(into: &output, limit: limit - bytes.count)
    for piece in output.pieces() { bytes += piece }
    return hasMore
  }
}

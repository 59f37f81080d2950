/// A GOAWAY frame written by hand: after a fatal error nghttp2's session may only be deleted, and
/// the peer should still learn why (RFC 9113 section 6.8).
package enum GoAwayFrame {
  /// The empty SETTINGS frame that has to precede it when nothing was sent yet.
  package static let emptySettings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

  package static func bytes(lastStreamID: Int32, code: HTTP2ErrorCode, debug: String) -> [UInt8] {
    let text = debug.utf8.prefix(256)
    var frame: [UInt8] = []
    frame.reserveCapacity(17 + text.count)
    append(UInt32(8 + text.count), count: 3, to: &frame)
    frame += [7, 0, 0, 0, 0, 0]
    append(UInt32(bitPattern: max(0, lastStreamID)), count: 4, to: &frame)
    append(code.rawValue, count: 4, to: &frame)
    frame += text
    return frame
  }

  private static func append(_ value: UInt32, count: Int, to frame: inout [UInt8]) {
    for byte in (0..<count).reversed() {
      frame.append(UInt8(truncatingIfNeeded: value >> UInt32(byte * 8)))
    }
  }
}

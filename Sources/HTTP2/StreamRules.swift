/// Checks a client's frames against what it has said of their streams before (RFC 9113 section 5.1),
/// header by header as frames begin. Pure.
///
/// nghttp2 forgets a stream when it is closed, so that memory stays bounded, and passes over the
/// frames of streams that it does not know. This remembers of the newest streams which the client
/// has opened, and which it has ended. What a client may send depends on these alone: a frame that
/// crosses an answer or a reset of the server is no fault, whenever it comes.
struct StreamRules {
  /// The streams that are remembered one by one.
  static let width = 64

  private static let endStream: UInt8 = 1

  /// The highest identifier of a stream that the client has opened.
  private var newest = -1
  // The lowest bit is the newest stream's; each next one stands for the identifier before.
  private var opened: UInt64 = 0
  private var ended: UInt64 = 0
  /// A stream that is older than those was not ended when it was forgotten.
  private var hasForgottenUnended = false

  /// Takes note of a frame that does not interrupt a header block. Returns its fault; nil for none,
  /// and for those that nghttp2 finds.
  mutating func check(_ header: FrameScanner.Header) -> StreamFault? {
    switch header.type {
    case FrameType.data, FrameType.headers: return checkMessage(header)
    case FrameType.reset:
      end(Int(header.streamID))
      return nil
    case FrameType.priority: return header.streamID == 0 ? .priorityOnConnection : nil
    default: return nil
    }
  }

  private mutating func checkMessage(_ header: FrameScanner.Header) -> StreamFault? {
    let id = Int(header.streamID)
    let isHeaders = header.type == FrameType.headers
    // Servers open no streams: nghttp2 knows what is wrong with the others.
    guard id & 1 == 1 else { return nil }
    if id > newest {
      guard isHeaders else { return nil }
      open(id)
    } else if let bit = bit(of: id) {
      guard opened & bit != 0 else { return isHeaders ? .fallingIdentifier : .closed }
      guard ended & bit == 0 else { return .closed }
    } else if !hasForgottenUnended {
      return .closed
    }
    if header.flags & Self.endStream != 0 { end(id) }
    return nil
  }

  private mutating func open(_ id: Int) {
    let distance = (id - newest) / 2
    let unended = opened & ~ended
    let forgotten = distance < Self.width ? unended >> UInt64(Self.width - distance) : unended
    if forgotten != 0 { hasForgottenUnended = true }
    newest = id
    opened = opened << UInt64(distance) | 1
    ended <<= UInt64(distance)
  }

  private mutating func end(_ id: Int) {
    if id & 1 == 1, id <= newest, let bit = bit(of: id) { ended |= bit }
  }

  /// Nil for a stream that is too old.
  private func bit(of id: Int) -> UInt64? {
    let distance = (newest - id) / 2
    return distance < Self.width ? 1 << UInt64(distance) : nil
  }
}

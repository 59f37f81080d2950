public import Protobuf

/// The frame of one message (PROTOCOL-HTTP2.md, "Length-Prefixed-Message"):
///
///     0        1                        5
///     | flags  | length, big-endian     | message ... |
///
/// flags: 0, or 1 when the message is compressed as `grpc-encoding` says.
@usableFromInline
enum MessageFrame {
  static let prefixSize = 5

  /// The frame of a message.
  @inlinable
  static func encode(_ message: some Message) -> [UInt8] {
    var frame = message.serialized(reservingPrefix: 5)
    // Here, where nothing else refers to the bytes: anywhere later it would copy them.
    fillPrefix(of: &frame)
    return frame
  }

  /// The length that the prefix at `offset` announces.
  ///
  /// - Precondition: five bytes are there.
  static func length(
    in bytes: RawSpan, at offset: Int, limit: Int
  ) throws(FramingError) -> Int {
    switch bytes[offset] {
    case 0: break
    case 1: throw .compressedWithoutEncoding
    case let flags: throw .badFlags(flags)
    }
    let length = Int(bytes.bigEndianUInt32(at: offset + 1))
    guard length <= limit else { throw .messageTooLarge(length: length, limit: limit) }
    return length
  }

  /// Where the message lies when the bytes are exactly one frame; nil otherwise.
  static func only(in bytes: RawSpan, limit: Int) throws(FramingError) -> Range<Int>? {
    guard bytes.byteCount >= prefixSize else { return nil }
    let length = try length(in: bytes, at: 0, limit: limit)
    guard bytes.byteCount == prefixSize + length else { return nil }
    return prefixSize..<bytes.byteCount
  }

  /// Fills the prefix of a message that was encoded behind room for it.
  @usableFromInline
  static func fillPrefix(of frame: inout [UInt8]) {
    let length = UInt32(truncatingIfNeeded: frame.count - prefixSize)
    frame[0] = 0
    frame[1] = UInt8(truncatingIfNeeded: length >> 24)
    frame[2] = UInt8(truncatingIfNeeded: length >> 16)
    frame[3] = UInt8(truncatingIfNeeded: length >> 8)
    frame[4] = UInt8(truncatingIfNeeded: length)
  }
}

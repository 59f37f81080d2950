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

  /// The frame of a message that is bytes.
  static func frame(_ message: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(prefixSize + message.count)
    frame += [0, 0, 0, 0, 0]
    frame += message
    fillPrefix(of: &frame)
    return frame
  }

  /// A decoded prefix.
  struct Prefix: Equatable {
    var length: Int
    /// The message is in the encoding of its call.
    var isEncoded: Bool
  }

  /// Decodes the prefix at `offset`.
  ///
  /// - Parameter mayBeEncoded: the call has an encoding.
  /// - Precondition: five bytes are there.
  static func prefix(
    in bytes: RawSpan, at offset: Int, limit: Int, mayBeEncoded: Bool
  ) throws(FramingError) -> Prefix {
    let flags = bytes[offset]
    guard flags <= 1 else { throw .badFlags(flags) }
    guard flags == 0 || mayBeEncoded else { throw .compressedWithoutEncoding }
    let length = Int(bytes.bigEndianUInt32(at: offset + 1))
    guard length <= limit else { throw .messageTooLarge(length: length, limit: limit) }
    return Prefix(length: length, isEncoded: flags == 1)
  }

  /// The prefix when the bytes are exactly one frame; nil otherwise.
  static func only(
    in bytes: RawSpan, limit: Int, mayBeEncoded: Bool
  ) throws(FramingError) -> Prefix? {
    guard bytes.byteCount >= prefixSize else { return nil }
    let prefix = try prefix(in: bytes, at: 0, limit: limit, mayBeEncoded: mayBeEncoded)
    return bytes.byteCount == prefixSize + prefix.length ? prefix : nil
  }

  /// The frame of the same message in an encoding, if that has fewer bytes.
  static func encoded(_ frame: [UInt8], as encoding: any MessageEncoding) -> [UInt8] {
    let message = frame.withSpan(prefixSize..<frame.count) { encoding.encode($0) }
    guard prefixSize + message.count < frame.count else { return frame }
    var result: [UInt8] = []
    result.reserveCapacity(prefixSize + message.count)
    result += [0, 0, 0, 0, 0]
    result += message
    fillPrefix(of: &result)
    result[0] = 1
    return result
  }

  /// Whether the message of a frame is encoded.
  static func isEncoded(_ frame: [UInt8]) -> Bool { frame[0] == 1 }

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

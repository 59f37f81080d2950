/// HTTP/2 frames, written and read by hand (RFC 9113 section 4.1).
struct FrameBytes {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let (data, headers, reset, settings): (UInt8, UInt8, UInt8, UInt8) = (0, 1, 3, 4)
  static let (ping, goAway, windowUpdate, continuation): (UInt8, UInt8, UInt8, UInt8) = (6, 7, 8, 9)
  static let (endStream, ack, endHeaders): (UInt8, UInt8, UInt8) = (1, 1, 4)

  let type: UInt8
  let flags: UInt8
  let stream: UInt32
  let payload: [UInt8]

  init(_ type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8]) {
    self.type = type
    self.flags = flags
    self.stream = stream
    self.payload = payload
  }

  var bytes: [UInt8] {
    Array(Self.bigEndian(UInt32(payload.count)).dropFirst()) + [type, flags]
      + Self.bigEndian(stream) + payload
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A header block in one HEADERS frame and as many CONTINUATIONs as there are further pieces.
  static func block(_ stream: UInt32, _ pieces: [[UInt8]], endStream: Bool) -> [UInt8] {
    pieces.enumerated().flatMap { index, piece in
      let flags = index == pieces.count - 1 ? endHeaders : 0
      return index == 0
        ? FrameBytes(
          headers, flags: flags | (endStream ? Self.endStream : 0), stream: stream, piece
        )
        .bytes
        : FrameBytes(continuation, flags: flags, stream: stream, piece).bytes
    }
  }

  /// Fields as literals without indexing (RFC 7541 section 6.2.2).
  static func literals(_ fields: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
    fields.flatMap { [0] + string($0.name) + string($0.value) }
  }

  private static func string(_ text: [UInt8]) -> [UInt8] {
    guard text.count >= 127 else { return [UInt8(text.count)] + text }
    var length: [UInt8] = [127]
    var rest = text.count - 127
    while rest >= 128 {
      length.append(UInt8(rest % 128 + 128))
      rest /= 128
    }
    return length + [UInt8(rest)] + text
  }

  /// The whole frames at the front of `bytes`, which are taken out.
  static func take(from bytes: inout [UInt8]) -> [FrameBytes] {
    var frames: [FrameBytes] = []
    var offset = 0
    while bytes.count - offset >= 9 {
      let header = bytes[offset..<offset + 9]
      let length = header.prefix(3).reduce(0) { $0 << 8 | Int($1) }
      guard bytes.count - offset >= 9 + length else { break }
      let stream = header.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
      frames.append(
        FrameBytes(
          bytes[offset + 3], flags: bytes[offset + 4], stream: stream,
          Array(bytes[offset + 9..<offset + 9 + length])))
      offset += 9 + length
    }
    bytes.removeFirst(offset)
    return frames
  }
}

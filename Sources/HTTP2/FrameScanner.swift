/// Finds where frames begin in bytes that come in any pieces (RFC 9113 section 4.1). Pure.
///
/// nghttp2 reads a frame header only where it needs one: it tells nothing of a frame that it
/// ignores, and nothing of where a frame ends. This sees every frame before nghttp2 does, and looks
/// at nine bytes of each, four more of a GOAWAY or PRIORITY.
struct FrameScanner {
  /// What is known of a frame when its header is complete.
  struct Header: Equatable {
    var length: Int
    var type: UInt8
    var flags: UInt8
    var streamID: UInt32
    /// Another frame would have to come here: the CONTINUATION of a header block.
    var interruptsBlock = false
    /// The place of a CONTINUATION in its header block, from 1; 0 for all other frames, and for a
    /// CONTINUATION outside of one.
    var continuation = 0
  }

  enum Find: Equatable {
    /// A frame header ends at this offset.
    case header(Header, end: Int)
    /// A part of the last stream identifier that a GOAWAY names, or all of it.
    case lastStreamID(Range<Int>)
    /// The dependency of a PRIORITY ends at this offset, and a byte later the frame: it names the
    /// frame's own stream.
    case selfDependency(end: Int)
  }

  static let headerBytes = 9
  private static let identifierBytes = 4
  /// All but the reserved bit (RFC 9113 section 4.1).
  private static let identifierBits: UInt32 = 0x7fff_ffff
  private static let priorityBytes = 5
  private static let endHeaders: UInt8 = 4

  private enum Block {
    case none
    /// Further frames belong to it.
    case open
    /// Its last frame has begun.
    case last
  }

  /// What a stream identifier at the front of a payload is.
  private enum Identifier {
    case lastStream
    case dependency(of: UInt32)
  }

  /// Of the current frame.
  private var payloadLeft = 0
  private var identifierLeft = 0
  private var identifier = Identifier.lastStream
  private var dependency: UInt32 = 0
  /// Length, type and flags, as far as they have come.
  private var partial: UInt64 = 0
  /// The stream, behind them.
  private var partialStreamID: UInt32 = 0
  private var partialCount = 0
  private var block = Block.none
  private var continuations = 0

  /// A header block has begun and its last byte has not arrived.
  var isInHeaderBlock: Bool {
    switch block {
    case .none: false
    case .open: true
    case .last: payloadLeft > 0
    }
  }

  /// How much of a frame header has come; it is not yet complete.
  var partialHeaderBytes: Int { partialCount }

  /// A frame has begun, be it with one byte of its header, and has not ended.
  var isInFrame: Bool { payloadLeft > 0 || partialCount > 0 }

  /// What comes next in `bytes` from `offset` on; nil when there is nothing more.
  ///
  /// After a find its end is the next offset; the bytes of one call follow those of the one before.
  mutating func next(in bytes: RawSpan, from offset: Int) -> Find? {
    let count = bytes.byteCount
    var offset = offset
    if identifierLeft > 0, offset < count {
      let range = offset..<min(offset + identifierLeft, count)
      if let find = takeIdentifier(bytes, range) { return find }
      offset = range.upperBound
    }
    guard payloadLeft < count - offset else {
      payloadLeft -= count - offset
      return nil
    }
    var position = offset + payloadLeft
    payloadLeft = 0
    if partialCount == 0, count - position >= Self.headerBytes {
      let first = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self)
      partial = UInt64(bigEndian: first) >> 24
      let stream = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: position + 5, as: UInt32.self)
      partialStreamID = UInt32(bigEndian: stream)
      return .header(finishHeader(), end: position + Self.headerBytes)
    }
    while position < count {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
      position += 1
      if partialCount < 5 {
        partial = partial << 8 | UInt64(byte)
      } else {
        partialStreamID = partialStreamID << 8 | UInt32(byte)
      }
      partialCount += 1
      if partialCount == Self.headerBytes { return .header(finishHeader(), end: position) }
    }
    return nil
  }

  /// Takes bytes of an identifier. Returns what they are, when it is anything to the caller.
  private mutating func takeIdentifier(_ bytes: RawSpan, _ range: Range<Int>) -> Find? {
    identifierLeft -= range.count
    payloadLeft -= range.count
    guard case .dependency(let stream) = identifier else { return .lastStreamID(range) }
    for offset in range {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
      dependency = dependency << 8 | UInt32(byte)
    }
    let isOwn = identifierLeft == 0 && dependency & Self.identifierBits == stream
    return isOwn ? .selfDependency(end: range.upperBound) : nil
  }

  private mutating func finishHeader() -> Header {
    var header = Header(
      length: Int(partial >> 16), type: UInt8(truncatingIfNeeded: partial >> 8),
      flags: UInt8(truncatingIfNeeded: partial), streamID: partialStreamID & Self.identifierBits)
    header.interruptsBlock = block == .open && header.type != FrameType.continuation
    partial = 0
    partialCount = 0
    payloadLeft = header.length
    let isLast = header.flags & Self.endHeaders != 0
    switch header.type {
    case FrameType.headers, FrameType.pushPromise:
      block = isLast ? .last : .open
      continuations = 0
    case FrameType.continuation where block == .open:
      if isLast { block = .last }
      continuations += 1
      header.continuation = continuations
    case FrameType.goAway:
      identifierLeft = min(Self.identifierBytes, header.length)
      identifier = .lastStream
      block = .none
    case FrameType.priority:
      identifierLeft = header.length == Self.priorityBytes ? Self.identifierBytes : 0
      identifier = .dependency(of: header.streamID)
      block = .none
    default:
      block = .none
    }
    return header
  }
}

/// Frame types (RFC 9113 section 6).
enum FrameType {
  static let data: UInt8 = 0
  static let headers: UInt8 = 1
  static let priority: UInt8 = 2
  static let reset: UInt8 = 3
  static let settings: UInt8 = 4
  static let pushPromise: UInt8 = 5
  static let ping: UInt8 = 6
  static let goAway: UInt8 = 7
  static let continuation: UInt8 = 9
}

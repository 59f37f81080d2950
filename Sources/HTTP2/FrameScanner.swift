/// Finds where frames begin in bytes that come in any pieces (RFC 9113 section 4.1). Pure.
///
/// nghttp2 reads a frame header only where it needs one: it tells nothing of a frame that it
/// ignores, and nothing of where a frame ends. This sees every frame before nghttp2 does, and looks
/// at nine bytes of each.
struct FrameScanner {
  /// What is known of a frame when its header is complete.
  struct Header: Equatable {
    var length: Int
    var type: UInt8
    var flags: UInt8
    /// The place of a CONTINUATION in its header block, from 1; 0 for all other frames, and for a
    /// CONTINUATION outside of one.
    var continuation = 0
  }

  enum Find: Equatable {
    /// A frame header ends at this offset.
    case header(Header, end: Int)
    /// A part of the last stream identifier that a GOAWAY names, or all of it.
    case lastStreamID(Range<Int>)
  }

  static let headerBytes = 9
  private static let identifierBytes = 4
  private static let endHeaders: UInt8 = 4

  private enum Block {
    case none
    /// Further frames belong to it.
    case open
    /// Its last frame has begun.
    case last
  }

  /// Of the current frame.
  private var payloadLeft = 0
  private var identifierLeft = 0
  /// Length, type and flags, as far as they have come.
  private var partial: UInt64 = 0
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
    if identifierLeft > 0, offset < count {
      let end = min(offset + identifierLeft, count)
      identifierLeft -= end - offset
      payloadLeft -= end - offset
      return .lastStreamID(offset..<end)
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
      return .header(finishHeader(), end: position + Self.headerBytes)
    }
    while position < count {
      let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
      position += 1
      if partialCount < 5 { partial = partial << 8 | UInt64(byte) }
      partialCount += 1
      if partialCount == Self.headerBytes { return .header(finishHeader(), end: position) }
    }
    return nil
  }

  private mutating func finishHeader() -> Header {
    var header = Header(
      length: Int(partial >> 16), type: UInt8(truncatingIfNeeded: partial >> 8),
      flags: UInt8(truncatingIfNeeded: partial))
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
  static let reset: UInt8 = 3
  static let settings: UInt8 = 4
  static let pushPromise: UInt8 = 5
  static let goAway: UInt8 = 7
  static let continuation: UInt8 = 9
}

/// Cuts a byte stream into messages; a pure state machine.
///
/// It also keeps account of the flow-control window: which received bytes have been reported as
/// consumed. Bytes are reported in the order in which they came, when their message is taken, or
/// earlier when a reader waits for a message that is not complete (it may be larger than the
/// window).
struct MessageDeframer {
  /// The largest message taken; a larger one fails when its prefix is seen.
  let limit: Int
  /// Messages may be in the encoding of their call.
  var mayBeEncoded: Bool
  /// Messages that can be taken.
  private(set) var completeMessages = 0

  private var buffer: [UInt8] = []
  /// Where in `buffer` the next message to take begins.
  private var readOffset = 0
  /// Where the first incomplete message begins.
  private var scannedOffset = 0
  /// Received, not yet reported as consumed: the newest bytes of `buffer`.
  private var uncredited = 0

  /// Above this, an emptied buffer gives its memory back.
  private static let keptCapacity = 16 << 10

  init(limit: Int, mayBeEncoded: Bool = false) {
    self.limit = limit
    self.mayBeEncoded = mayBeEncoded
  }

  var isEmpty: Bool { readOffset == buffer.count }
  /// Bytes that are kept here although they have been reported as consumed.
  var creditedBytes: Int { buffer.count - readOffset - uncredited }
  /// Whether bytes are there which are not a whole message.
  var hasPartialMessage: Bool { scannedOffset < buffer.count }

  /// Takes in bytes. On an error all is dropped; the rest of the stream has no meaning.
  mutating func append(_ bytes: RawSpan) throws(FramingError) {
    buffer.append(bytes)
    uncredited += bytes.byteCount
    while buffer.count - scannedOffset >= MessageFrame.prefixSize {
      let length: Int
      do {
        length = try prefix(at: scannedOffset).length
      } catch {
        drop()
        throw error
      }
      let end = scannedOffset + MessageFrame.prefixSize + length
      guard end <= buffer.count else { return }
      completeMessages += 1
      scannedOffset = end
    }
  }

  /// Takes in bytes of the only message, which has no frame around it: `endBare` ends it.
  mutating func append(bare bytes: RawSpan) throws(FramingError) {
    if buffer.isEmpty { buffer += [0, 0, 0, 0, 0] }
    let length = buffer.count - MessageFrame.prefixSize + bytes.byteCount
    guard length <= limit else {
      drop()
      throw .messageTooLarge(length: length, limit: limit)
    }
    buffer.append(bytes)
    uncredited += bytes.byteCount
  }

  /// The message without a frame has all its bytes.
  ///
  /// - Parameter isEncoded: whether it is in the encoding of its call; no bytes never are.
  mutating func endBare(isEncoded: Bool) {
    if buffer.isEmpty { buffer += [0, 0, 0, 0, 0] }
    MessageFrame.fillPrefix(of: &buffer)
    if isEncoded, buffer.count > MessageFrame.prefixSize { buffer[0] = 1 }
    scannedOffset = buffer.count
    completeMessages = 1
  }

  /// Lends the next message to `body` and removes it, whether `body` throws or not.
  ///
  /// - Parameter body: gets the message as it came, and whether it is encoded.
  /// - Returns: how many bytes to report as consumed.
  /// - Precondition: `completeMessages > 0`.
  mutating func takeMessage(_ body: (RawSpan, _ isEncoded: Bool) throws -> Void) throws -> Int {
    precondition(completeMessages > 0)
    let start = readOffset + MessageFrame.prefixSize
    let prefix = try prefix(at: readOffset)
    let end = start + prefix.length
    let credit = max(0, end - readOffset - creditedBytes)
    defer {
      uncredited -= credit
      completeMessages -= 1
      readOffset = end
      compact()
    }
    try buffer.withSpan(start..<end) { try body($0, prefix.isEncoded) }
    return credit
  }

  /// Whether the next message is in the encoding of its call; false without one.
  var isNextEncoded: Bool { completeMessages > 0 && buffer[readOffset] != 0 }

  /// Gives out all bytes, from the frame of the next message on, and leaves none.
  ///
  /// - Precondition: all have been reported as consumed.
  mutating func takeAll() -> [UInt8] {
    precondition(uncredited == 0)
    var all: [UInt8] = []
    swap(&all, &buffer)
    if readOffset > 0 { all.removeSubrange(0..<readOffset) }
    drop()
    return all
  }

  /// A reader waits for more than is there: all bytes count as consumed.
  ///
  /// - Returns: how many bytes to report as consumed.
  mutating func creditAll() -> Int {
    defer { uncredited = 0 }
    return uncredited
  }

  /// Drops everything.
  ///
  /// - Returns: how many bytes to report as consumed.
  @discardableResult
  mutating func drop() -> Int {
    buffer = []
    readOffset = 0
    scannedOffset = 0
    completeMessages = 0
    return creditAll()
  }

  private func prefix(at offset: Int) throws(FramingError) -> MessageFrame.Prefix {
    let range = offset..<offset + MessageFrame.prefixSize
    var result = Result<MessageFrame.Prefix, FramingError>.failure(.truncated)
    buffer.withSpan(range) { bytes in
      do throws(FramingError) {
        result = .success(
          try MessageFrame.prefix(in: bytes, at: 0, limit: limit, mayBeEncoded: mayBeEncoded))
      } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }

  private mutating func compact() {
    if isEmpty {
      buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptCapacity)
    } else if readOffset > Self.keptCapacity, readOffset > buffer.count / 2 {
      buffer.removeSubrange(0..<readOffset)
    } else {
      return
    }
    scannedOffset -= readOffset
    readOffset = 0
  }
}

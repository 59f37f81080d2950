/// Frames on their way out: one buffer, and large parts of bodies where they lie, between its bytes.
public struct HTTP2Output {
  /// Fewer bytes are quicker copied than written from a place of their own.
  static let leastInsertedBytes = 4096

  private struct Insertion {
    /// How much of `buffer` comes before it.
    var position: Int
    var part: ArraySlice<UInt8>
  }

  private var buffer: [UInt8] = []
  private var insertions: [Insertion] = []
  /// Bytes in all.
  public private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }
  /// All bytes, when they lie in one piece; nil otherwise.
  public var onlyPiece: [UInt8]? { insertions.isEmpty ? buffer : nil }

  mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    count += bytes.count
    unsafe buffer.append(contentsOf: bytes)
  }

  mutating func append(_ bytes: [UInt8]) {
    count += bytes.count
    buffer.append(contentsOf: bytes)
  }

  /// A part of a body.
  mutating func append(_ chunk: [UInt8], _ range: Range<Int>) {
    count += range.count
    if range.count >= Self.leastInsertedBytes {
      insertions.append(Insertion(position: buffer.count, part: chunk[range]))
    } else if range.count == chunk.count {
      buffer.append(contentsOf: chunk)
    } else {
      buffer.append(contentsOf: chunk[range])
    }
  }

  /// Empties it, and keeps the buffer's memory.
  public mutating func removeAll() {
    buffer.removeAll(keepingCapacity: true)
    insertions.removeAll(keepingCapacity: true)
    count = 0
  }

  /// The bytes behind the first `offset`, in order.
  ///
  /// - Parameter copiesBuffer: whether the pieces outlive the use of this buffer for other bytes.
  public func pieces(from offset: Int = 0, copiesBuffer: Bool = false) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    pieces.reserveCapacity(2 * insertions.count + 1)
    var skipped = offset
    var position = 0
    func add(_ part: ArraySlice<UInt8>, isOwn: Bool) {
      let rest = part.dropFirst(skipped)
      skipped -= part.count - rest.count
      if rest.isEmpty { return }
      pieces.append(isOwn ? rest : Array(rest)[...])
    }
    for insertion in insertions {
      add(buffer[position..<insertion.position], isOwn: !copiesBuffer)
      add(insertion.part, isOwn: true)
      position = insertion.position
    }
    add(buffer[position...], isOwn: !copiesBuffer)
    return pieces
  }
}

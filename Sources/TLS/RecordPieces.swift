/// Pieces of plaintext, cut and joined into records of at most 16 KiB (RFC 8446 section 5.1): large
/// pieces are not copied, and small ones do not cost a record each.
struct RecordPieces {
  static let recordBytes = 16 << 10

  private var rest: ArraySlice<ArraySlice<UInt8>>

  init(_ pieces: [ArraySlice<UInt8>]) {
    rest = pieces.filter { !$0.isEmpty }[...]
  }

  var hasMore: Bool { !rest.isEmpty }

  /// The bytes of the next record.
  ///
  /// - Precondition: there are more.
  mutating func next() -> ArraySlice<UInt8> {
    let first = rest[rest.startIndex]
    if first.count >= Self.recordBytes || rest.count == 1 {
      let part = first.prefix(Self.recordBytes)
      take(part.count)
      return part
    }
    var joined: [UInt8] = []
    joined.reserveCapacity(Self.recordBytes)
    while joined.count < Self.recordBytes, let piece = rest.first {
      let part = piece.prefix(Self.recordBytes - joined.count)
      joined += part
      take(part.count)
    }
    return joined[...]
  }

  private mutating func take(_ count: Int) {
    let place = rest.startIndex
    if count == rest[place].count { rest.removeFirst() } else { rest[place].removeFirst(count) }
  }
}

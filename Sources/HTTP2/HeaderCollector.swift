import Wire

/// Collects one header block as it is decoded and stops keeping anything once it is over the
/// limits. Pure.
///
/// Blanks at the ends of values are left out: RFC 9113 section 8.2.1 has none there, gRPC's clients
/// send what metadata they are given, and gRPC lets a server strip them (PROTOCOL-HTTP2.md,
/// "Custom-Metadata").
struct HeaderCollector: ~Copyable {
  /// How far over the limit a block is decoded, so that its stream can still be answered.
  static let bombFactor = 4
  /// Bytes of the largest block that is kept to be shared with the next one.
  static let mostShared = 4096

  enum Outcome {
    case keep
    /// Over the limit: dropped, decoding may go on.
    case tooLarge
    /// Far over the limit: decoding should stop.
    case bomb
  }

  private let limit: HeaderListLimit
  private let maxFields: Int
  private var block = HeaderBuffer()
  private var lastHead = HeaderFields()
  private var lastTrailers = HeaderFields()
  private var listBytes = 0
  private var fields = 0
  private(set) var isTooLarge = false

  /// - Parameter softBytes: `maxBytes` without one.
  init(maxBytes: Int, softBytes: Int = .max, maxFields: Int) {
    limit = HeaderListLimit(softBytes: softBytes, hardBytes: maxBytes)
    self.maxFields = max(0, maxFields)
  }

  mutating func begin() {
    block.removeAll()
    listBytes = 0
    fields = 0
    isTooLarge = false
  }

  @inline(__always)
  mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Outcome {
    fields += 1
    listBytes += name.count + value.count + 32
    guard listBytes <= limit.hardBytes && fields <= maxFields else { return overLimit() }
    if value.hasBlankEnds {
      block.append(name, value.extracting(value.withoutBlanks))
    } else {
      block.append(name, value)
    }
    return .keep
  }

  private mutating func overLimit() -> Outcome {
    if !isTooLarge {
      isTooLarge = true
      block.removeAll()
    }
    let isBomb =
      listBytes > limit.hardBytes * Self.bombFactor || fields > maxFields * Self.bombFactor
    return isBomb ? .bomb : .tooLarge
  }

  /// Whether the block that is complete is over a limit, be it the soft one.
  @inline(__always)
  var isOverALimit: Bool { isTooLarge || listBytes > limit.softBytes }

  /// The limit for which the block is refused; nil when it passes.
  ///
  /// - Parameters:
  ///   - isTrailers: for the result.
  ///   - random: from 0 to 1, for `HeaderListLimit.refuses`.
  func excess(isTrailers: Bool, random: () -> Double) -> HeaderListExcess? {
    if listBytes > limit.hardBytes {
      return HeaderListExcess(
        .bytes, size: listBytes, allowed: limit.hardBytes, isTrailers: isTrailers)
    }
    if fields > maxFields {
      return HeaderListExcess(.fields, size: fields, allowed: maxFields, isTrailers: isTrailers)
    }
    guard limit.refuses(listBytes, random: random) else { return nil }
    return HeaderListExcess(
      .softBytes, size: listBytes, allowed: limit.softBytes, isTrailers: isTrailers)
  }

  /// Gives the block away.
  ///
  /// Most blocks of a peer are the same as the last one, whose memory they share then.
  mutating func finish(isTrailers: Bool) -> HeaderFields {
    isTrailers
      ? Self.finish(&block, sharing: &lastTrailers) : Self.finish(&block, sharing: &lastHead)
  }

  private static func finish(
    _ block: inout HeaderBuffer, sharing last: inout HeaderFields
  ) -> HeaderFields {
    if block.equals(last) {
      block.removeAll()
      return last
    }
    let finished = block.finish()
    if finished.bytes.count <= mostShared { last = finished }
    return finished
  }

  /// Frees the memory that is kept for the next block.
  mutating func release() {
    block.removeAll()
    block.release()
    lastHead = HeaderFields()
    lastTrailers = HeaderFields()
  }
}

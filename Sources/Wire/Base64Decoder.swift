/// Decodes base64 that comes in pieces (RFC 4648 section 4) and may have padding after any group of
/// four, because its sender encoded piece by piece.
public struct Base64Decoder: Sendable {
  /// Text that is not base64.
  public struct Fault: Error, Sendable, Hashable {}

  private var bits: UInt32 = 0
  /// Of the group of four that has begun.
  private var digits = 0
  private var padding = 0

  public init() {}

  /// Whether a group of four has begun and not ended.
  public var isInsideGroup: Bool { digits + padding > 0 }

  /// Decodes the next piece; what is left over waits for the piece after it.
  public mutating func decode(_ text: Span<UInt8>, into bytes: inout [UInt8]) throws(Fault) {
    for index in text.indices {
      if text[index] == UInt8(ascii: "=") {
        padding += 1
        guard digits >= 2 else { throw Fault() }
      } else {
        guard padding == 0, let digit = Base64.metadata.digit(text[index]) else { throw Fault() }
        bits = bits << 6 | digit
        digits += 1
      }
      if digits + padding == 4 { endGroup(&bytes) }
    }
  }

  /// The text has ended, maybe without the padding of its last group.
  public mutating func finish(into bytes: inout [UInt8]) throws(Fault) {
    guard digits != 1, padding == 0 else { throw Fault() }
    endGroup(&bytes)
  }

  private mutating func endGroup(_ bytes: inout [UInt8]) {
    switch digits {
    case 4:
      bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
      bytes.append(UInt8(truncatingIfNeeded: bits))
    case 3:
      bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
      bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
    case 2: bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
    default: break
    }
    bits = 0
    digits = 0
    padding = 0
  }
}

/// Looks at octets eight at a time. The formulas are those of "Bit Twiddling Hacks", exact as to
/// whether any of the eight is meant: a word of marks is 0 when none is.
public enum OctetMarks {
  @usableFromInline static let ones: UInt64 = 0x0101_0101_0101_0101
  @usableFromInline static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Marks when one octet is below `limit`, which is 1 to 128.
  @inlinable
  @inline(__always)
  public static func below(_ limit: UInt64, in word: UInt64) -> UInt64 {
    (word &- ones &* limit) & ~word & tops
  }

  /// Marks when one octet is above `limit`, which is 0 to 127.
  @inlinable
  @inline(__always)
  public static func above(_ limit: UInt64, in word: UInt64) -> UInt64 {
    (word &+ ones &* (127 - limit) | word) & tops
  }

  /// Marks when one octet lies between two that are below 128.
  @inlinable
  @inline(__always)
  public static func between(_ low: UInt64, _ high: UInt64, in word: UInt64) -> UInt64 {
    let low7 = word & ~tops
    return (ones &* (127 + high) &- low7) & ~word & (low7 &+ ones &* (127 - low)) & tops
  }

  /// Marks when one octet is `octet`.
  @inlinable
  @inline(__always)
  public static func equal(to octet: UInt8, in word: UInt64) -> UInt64 {
    below(1, in: word ^ ones &* UInt64(octet))
  }

  /// Whether no octet of a span is meant.
  ///
  /// - Parameter marks: of eight octets; it must mean none when all of them are "a".
  @inlinable
  @inline(__always)
  public static func none(of octets: Span<UInt8>, _ marks: (UInt64) -> UInt64) -> Bool {
    unsafe octets.withUnsafeBytes { bytes in
      let count = bytes.count
      guard count >= 8 else {
        if count >= 4 {
          // The last four, some of them once more, behind the first.
          let last = unsafe bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
          let first = unsafe bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
          return marks(UInt64(first) << 32 | UInt64(last)) == 0
        }
        // Filled up with an octet that is not meant.
        var word = ones &* UInt64(UInt8(ascii: "a"))
        for offset in 0..<count { word = unsafe word << 8 | UInt64(bytes[offset]) }
        return marks(word) == 0
      }
      var offset = 0
      while offset < count - 8 {
        if marks(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) != 0 {
          return false
        }
        offset += 8
      }
      // The last eight, some of them once more.
      return marks(unsafe bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)) == 0
    }
  }
}

extension Span<UInt8> {
  /// Whether it is the literal, octet by octet.
  @inlinable
  @inline(__always)
  public func equals(_ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && starts(with: literal)
  }

  @inlinable
  @inline(__always)
  public func starts(with literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard count >= length else { return false }
    return unsafe withUnsafeBytes { bytes in
      guard let own = bytes.baseAddress else { return true }
      return unsafe Self.equal(own, UnsafeRawPointer(literal.utf8Start), length)
    }
  }

  /// Whether both have the same octets.
  @inlinable
  public func equals(_ other: Span<UInt8>) -> Bool { unsafe bytes.equals(other.bytes) }

  /// Compares eight or four octets at a time, the last of them once more where they do not fit.
  @inlinable
  @inline(__always)
  static func equal(_ own: UnsafeRawPointer, _ other: UnsafeRawPointer, _ length: Int) -> Bool {
    switch length {
    case 8...:
      var offset = 0
      while offset < length - 8 {
        guard unsafe equal(own, other, at: offset, as: UInt64.self) else { return false }
        offset += 8
      }
      return unsafe equal(own, other, at: length - 8, as: UInt64.self)
    case 4...:
      return unsafe equal(own, other, at: 0, as: UInt32.self)
        && equal(own, other, at: length - 4, as: UInt32.self)
    default:
      for offset in 0..<length {
        guard unsafe equal(own, other, at: offset, as: UInt8.self) else { return false }
      }
      return true
    }
  }

  @inlinable
  @inline(__always)
  static func equal<Word: BitwiseCopyable & Equatable>(
    _ own: UnsafeRawPointer, _ other: UnsafeRawPointer, at offset: Int, as: Word.Type
  ) -> Bool {
    unsafe own.loadUnaligned(fromByteOffset: offset, as: Word.self)
      == other.loadUnaligned(fromByteOffset: offset, as: Word.self)
  }

  /// - Parameter literal: letters in lower case.
  @inlinable
  public func startsIgnoringCase(with literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard count >= length else { return false }
    for index in 0..<length {
      let isUpperCase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self[index])
      let byte = isUpperCase ? self[index] | 0x20 : self[index]
      if unsafe byte != literal.utf8Start[index] { return false }
    }
    return true
  }

  /// - Parameter literal: letters in lower case.
  @inlinable
  public func equalsIgnoringCase(_ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && startsIgnoringCase(with: literal)
  }
}

extension RawSpan {
  /// Whether both have the same octets.
  @inlinable
  public func equals(_ other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    return unsafe withUnsafeBytes { bytes in
      unsafe other.withUnsafeBytes { other in
        guard let own = bytes.baseAddress, let other = other.baseAddress else { return true }
        return unsafe Span<UInt8>.equal(own, other, bytes.count)
      }
    }
  }
}

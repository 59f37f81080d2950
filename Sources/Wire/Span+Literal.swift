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
  public func equals(_ other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    return unsafe withUnsafeBytes { bytes in
      unsafe other.withUnsafeBytes { other in
        guard let own = bytes.baseAddress, let other = other.baseAddress else { return true }
        return unsafe Self.equal(own, other, bytes.count)
      }
    }
  }

  /// Compares eight octets at a time.
  @inlinable
  @inline(__always)
  static func equal(_ own: UnsafeRawPointer, _ other: UnsafeRawPointer, _ length: Int) -> Bool {
    var offset = 0
    while offset + 8 <= length {
      let left = unsafe own.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let right = unsafe other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      if left != right { return false }
      offset += 8
    }
    while offset < length {
      let left = unsafe own.load(fromByteOffset: offset, as: UInt8.self)
      if unsafe left != other.load(fromByteOffset: offset, as: UInt8.self) { return false }
      offset += 1
    }
    return true
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

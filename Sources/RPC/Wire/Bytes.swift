// The module's only unsafe expressions outside generated code. A `RawSpan` has no safe reader in
// this toolchain; each use here is behind a bounds check.

extension RawSpan {
  /// The octet at an offset.
  subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount)
    return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  /// The big-endian 32-bit number at an offset.
  func bigEndianUInt32(at offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset <= byteCount - 4)
    return UInt32(
      bigEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }
}

extension [UInt8] {
  mutating func append(_ span: RawSpan) {
    unsafe span.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }

  /// Lends a part of the array.
  package func withSpan<R>(_ range: Range<Int>, _ body: (RawSpan) throws -> R) rethrows -> R {
    try body(unsafe span.bytes.extracting(range))
  }
}

extension Span<UInt8> {
  func equals(_ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && starts(with: literal)
  }

  /// - Parameter literal: in lower case.
  func startsIgnoringCase(with literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard count >= length else { return false }
    for index in 0..<length {
      let isUpperCase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self[index])
      let byte = isUpperCase ? self[index] | 0x20 : self[index]
      if unsafe byte != literal.utf8Start[index] { return false }
    }
    return true
  }

  func starts(with literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard count >= length else { return false }
    for index in 0..<length {
      if unsafe self[index] != literal.utf8Start[index] { return false }
    }
    return true
  }
}

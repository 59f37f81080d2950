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

extension Span<UInt8> {
  /// The eight octets from an offset on, in the machine's order.
  func word(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset <= count - 8)
    return unsafe withUnsafeBytes { bytes in
      unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
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

extension [UInt8] {
  /// The first `count` bytes, for readers of raw bytes; valid as long as the array is borrowed.
  @_lifetime(borrow self)
  public func rawBytes(first count: Int) -> RawSpan {
    // Safe: a UInt8 has no padding that could be uninitialized.
    unsafe span.bytes.extracting(first: count)
  }
}

extension [UInt8] {
  /// Appends a copy of `bytes`.
  public mutating func append(rawBytes bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}

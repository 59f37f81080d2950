extension Span<UInt8> {
  /// Whether it is the literal, octet by octet.
  @inlinable
  public func equals(_ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && starts(with: literal)
  }

  @inlinable
  public func starts(with literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard count >= length else { return false }
    for index in 0..<length {
      if unsafe self[unchecked: index] != literal.utf8Start[index] { return false }
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

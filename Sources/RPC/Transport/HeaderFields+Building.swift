extension HeaderFields {
  /// Adds a field. The caller answers for the name's form.
  public mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    adopt(name)
    adopt(value)
  }

  public mutating func append(_ name: String, _ value: String) {
    append(name.utf8, value.utf8)
  }

  /// Where a field's name and value lie in `bytes`.
  public func ranges(at index: Int) -> (name: Range<Int>, value: Range<Int>) {
    let start = index == 0 ? 0 : Int(ends[2 * index - 1])
    let middle = Int(ends[2 * index])
    return (start..<middle, middle..<Int(ends[2 * index + 1]))
  }

  /// The first value under a name.
  func value(_ name: StaticString) -> ArraySlice<UInt8>? {
    for index in 0..<count {
      let (candidate, value) = ranges(at: index)
      if bytes.span.extracting(candidate).equals(name) { return bytes[value] }
    }
    return nil
  }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { append(name, value) }
  }
}

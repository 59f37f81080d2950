import Wire

extension Metadata {
  /// The text values under a name, in order. Octets that are not UTF-8 are replaced: a value that
  /// breaks the rules does not fail the call.
  public func values(_ name: String) -> [String] {
    var values: [String] = []
    forEachValue(of: name) { values.append(String(decoding: $0, as: UTF8.self)) }
    return values
  }

  /// The first text value under a name.
  public subscript(name: String) -> String? {
    var first: String?
    forEachValue(of: name) { if first == nil { first = String(decoding: $0, as: UTF8.self) } }
    return first
  }

  /// The binary values under a `-bin` name, in order; a value that is not base64 is left out.
  public func binaryValues(_ name: String) -> [[UInt8]] {
    var values: [[UInt8]] = []
    forEachValue(of: name) { field in
      // Values under one name may have been joined on the way.
      for part in field.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        if let value = Base64.metadata.decode(part.trimmingSpaces.span) { values.append(value) }
      }
    }
    return values
  }

  /// The values under these names.
  ///
  /// - Parameter names: in lower case.
  func only(_ names: [String]) -> Metadata {
    var chosen = HeaderFields()
    forEach { name, value in
      if names.contains(where: { $0.utf8.elementsEqual(name) }) { chosen.append(name, value) }
    }
    return Metadata(received: chosen)
  }

  /// The names that occur, in order, each once.
  public var names: [String] {
    var names: [String] = []
    forEach { name, _ in
      let name = String(decoding: name, as: UTF8.self)
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  public var isEmpty: Bool {
    var isEmpty = true
    forEach { _, _ in isEmpty = false }
    return isEmpty
  }

  /// The size that a peer counts against its limit: name, value in wire form, and 32 for each pair
  /// (RFC 9113 section 10.5.1).
  public var size: Int {
    var size = 0
    forEach { name, value in size += name.count + value.count + 32 }
    return size
  }

  private func forEachValue(of name: String, _ body: (ArraySlice<UInt8>) -> Void) {
    forEach { candidate, value in
      if candidate.elementsEqual(name.utf8) { body(value.trimmingSpaces) }
    }
  }

  private func forEach(_ body: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Void) {
    for field in fields where !MetadataName.isReserved(fields.bytes.span.extracting(field.name)) {
      body(fields.bytes[field.name], fields.bytes[field.value])
    }
  }
}

extension ArraySlice<UInt8> {
  /// Without blanks at either end.
  var trimmingSpaces: ArraySlice<UInt8> {
    var slice = drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    while let last = slice.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") {
      slice.removeLast()
    }
    return slice
  }
}

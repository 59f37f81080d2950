/// What there is to know of a JSON object without a message to read it into.
public enum JSONObjects {
  /// The names of the members of the object that a text is, in order; null or not.
  ///
  /// - Throws: when the text is no JSON object, or has a name twice.
  public static func memberNames(
    utf8 bytes: [UInt8], options: JSONDecodingOptions = .init()
  ) throws(JSONDecodingError) -> [String] {
    var reader = JSONReader(bytes, options: options)
    var names: [String] = []
    var seen: Set<String> = []
    try reader.beginObject()
    while let name = try reader.nextName() {
      guard seen.insert(name).inserted else { throw reader.duplicateKey() }
      names.append(name)
      try reader.skipValue()
    }
    try reader.end()
    return names
  }
}

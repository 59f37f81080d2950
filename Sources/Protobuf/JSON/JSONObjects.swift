/// Reads and writes JSON objects without a message type.
public enum JSONObjects {
  /// A member of an object, with its value in JSON.
  public struct Member: Sendable, Hashable {
    public let name: String
    public let value: [UInt8]
  }

  /// The members of the object in a text, in order, null values included.
  ///
  /// - Throws: when the text is not a JSON object, or has a name twice.
  public static func members(
    utf8 bytes: [UInt8], options: JSONDecodingOptions = .init()
  ) throws(JSONDecodingError) -> [Member] {
    var reader = JSONReader(bytes, options: options)
    var members: [Member] = []
    var seen: Set<String> = []
    try reader.beginObject()
    while let name = try reader.nextName() {
      guard seen.insert(name).inserted else { throw reader.duplicateKey() }
      _ = reader.scanner.peek()
      let start = reader.scanner.offset
      try reader.skipValue()
      members.append(Member(name: name, value: Array(bytes[start..<reader.scanner.offset])))
    }
    try reader.end()
    return members
  }

  /// The names of the members.
  public static func memberNames(
    utf8 bytes: [UInt8], options: JSONDecodingOptions = .init()
  ) throws(JSONDecodingError) -> [String] {
    try members(utf8: bytes, options: options).map(\.name)
  }

  /// An object of these members, whose names consist of letters, digits and underscores.
  public static func object(_ members: [Member]) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "{")]
    for member in members {
      if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
      bytes += "\"\(member.name)\":".utf8
      bytes += member.value
    }
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }
}

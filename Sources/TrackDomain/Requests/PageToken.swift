import Wire

/// Where a list goes on, as an opaque text that is safe in URLs.
///
/// Layout before Base64: format (1), half of the digest of the call's other arguments (8), the
/// place (any length), check sum over all of that (8). The check sum finds tokens that were cut or
/// edited. A token is no authorization: a forged one reaches nothing that the list does not show.
public enum PageToken {
  private static var format: UInt8 { 1 }
  private static var maximumLength: Int { 1024 }

  /// - Parameters:
  ///   - arguments: of the method and every argument but page size and token.
  ///   - place: where the next page starts.
  public static func encode(arguments: Digest, place: [UInt8]) -> String {
    var writer = SnapshotWriter()
    writer.byte(format)
    writer.fixed(arguments.high)
    writer.raw(place)
    writer.fixed(check(writer.bytes[...]))
    return String(decoding: Base64.url.encode(writer.bytes), as: UTF8.self)
  }

  /// The place in a token; nil for an empty token, which is the start of the list.
  public static func decode(
    _ token: String, arguments: Digest
  ) throws(InvalidValue) -> [UInt8]? {
    if token.isEmpty { return nil }
    guard token.utf8.count <= maximumLength, let bytes = Base64.url.decode(token.utf8.span),
      bytes.count >= 17, bytes[0] == format
    else { throw invalid("is not a token that this server made") }
    let content = bytes.dropLast(8)
    var writer = SnapshotWriter()
    writer.fixed(check(content))
    guard writer.bytes == Array(bytes.suffix(8)) else {
      throw invalid("is not a token that this server made")
    }
    var digest = SnapshotWriter()
    digest.fixed(arguments.high)
    guard digest.bytes == Array(bytes[1..<9]) else {
      throw invalid("belongs to a call with other arguments")
    }
    return Array(content.dropFirst(9))
  }

  /// Reads the fields of a place.
  static func read<Value>(
    _ place: [UInt8], _ body: (inout SnapshotReader) throws(SnapshotError) -> Value
  ) throws(InvalidValue) -> Value {
    var reader = SnapshotReader(place)
    do {
      let value = try body(&reader)
      try reader.end()
      return value
    } catch {
      throw invalid("is not a token that this server made")
    }
  }

  static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidPageToken, description)
  }

  private static func check(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    var digest = Digest()
    digest.combine("page token")
    for byte in bytes { digest.combine(byte) }
    return digest.high ^ digest.low
  }
}

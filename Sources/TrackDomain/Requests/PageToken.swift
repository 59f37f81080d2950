import Wire

/// Where a list goes on, as an opaque text that is safe in URLs.
///
/// Layout before Base64: format (1), half of the digest of the call's other arguments (8), the
/// place (any length), check sum over all of that (8). The check sum finds tokens that were cut or
/// edited. Where there is a key, all of that is sealed, behind another format byte: what a list did
/// not show its reader, such as how many rows there are, its tokens do not tell either. A token is
/// no authorization.
public enum PageToken {
  private static var format: UInt8 { 1 }
  private static var sealedFormat: UInt8 { 2 }
  private static var maximumLength: Int { 1024 }

  /// - Parameters:
  ///   - arguments: of the method and every argument but page size and token.
  ///   - place: where the next page starts.
  ///   - tokens: of the caller.
  public static func encode(
    arguments: Digest, place: [UInt8], for tokens: CallerTokens = .plain
  ) -> String {
    var writer = SnapshotWriter()
    writer.byte(format)
    writer.fixed(arguments.high)
    writer.raw(place)
    writer.fixed(check(writer.bytes[...]))
    var bytes = writer.bytes
    if let seal = tokens.seal {
      // A token that cannot be sealed is not told: no call takes what stands in its place.
      bytes = [sealedFormat] + (seal.seal(bytes, for: tokens.context) ?? [])
    }
    return String(decoding: Base64.url.encode(bytes), as: UTF8.self)
  }

  /// The place in a token; nil for an empty token, which is the start of the list.
  ///
  /// - Parameters:
  ///   - tokens: of the caller.
  ///   - acceptsPlain: whether a token from before there was a key counts.
  public static func decode(
    _ token: String, arguments: Digest, for tokens: CallerTokens = .plain,
    acceptsPlain: Bool = false
  ) throws(InvalidValue) -> [UInt8]? {
    if token.isEmpty { return nil }
    guard token.utf8.count <= maximumLength,
      let bytes = opened(token, for: tokens, acceptsPlain: acceptsPlain),
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

  /// The bytes of a token, without its seal.
  private static func opened(
    _ token: String, for tokens: CallerTokens, acceptsPlain: Bool
  ) -> [UInt8]? {
    guard let bytes = Base64.url.decode(token.utf8.span) else { return nil }
    guard let seal = tokens.seal else { return bytes }
    if bytes.first == sealedFormat {
      return seal.open(Array(bytes.dropFirst()), for: tokens.context)
    }
    return acceptsPlain ? bytes : nil
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

/// The etag of a resource, in quotes (RFC 9110 section 8.8.3, always strong): the revision of a
/// track, the digest of a catalog resource, which has no revision.
public enum ETag {
  /// Those of the first revisions, which most resources never leave.
  private static let first: [String] = (0..<64).map { make($0) }

  public static func text(_ revision: Int64) -> String {
    if revision >= 0 && revision < 64 { return first[Int(revision)] }
    return make(revision)
  }

  private static func make(_ revision: Int64) -> String {
    var text = ShortText()
    text.append("\"")
    text.append(revision.magnitude)
    text.append("\"")
    return text.string
  }

  /// Whether the caller may go on: an empty etag is no check.
  public static func matches(_ etag: String, _ revision: Int64) -> Bool {
    etag.isEmpty || etag == text(revision)
  }

  // MARK: Catalog resources

  /// The same for equal resources, also when one was another one meanwhile: who puts what he made
  /// from the one undoes no change of somebody else.
  public static func text(_ resource: CatalogResource) -> String {
    var digest = Digest()
    for byte in Snapshot.encode(resource) { digest.combine(byte) }
    return "\"\(hexadecimal(digest.high))\(hexadecimal(digest.low))\""
  }

  /// That of a catalog resource that does not exist.
  public static let absent = "\"\""

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

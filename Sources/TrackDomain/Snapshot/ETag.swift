/// The etag of a resource, in quotes (RFC 9110 section 8.8.3, always strong): of a track its
/// revision, of a catalog resource, which has no revision, its digest.
public enum ETag {
  /// The texts of the first revisions, which most resources never leave.
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

  /// Whether a caller's etag lets its update pass. An empty etag is no condition.
  public static func matches(_ etag: String, _ revision: Int64) -> Bool {
    etag.isEmpty || etag == text(revision)
  }

  // MARK: Catalog resources

  /// Equal resources have equal etags, also when the resource was different in between: an update
  /// that is based on an equal state undoes no other change.
  public static func text(_ resource: CatalogResource) -> String {
    var digest = Digest()
    for byte in Snapshot.encode(resource) { digest.combine(byte) }
    return "\"\(hexadecimal(digest.high))\(hexadecimal(digest.low))\""
  }

  /// The etag of a catalog resource that does not exist.
  public static let absent = "\"\""

  private static func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// The etag of a resource: its revision in quotes (RFC 9110 section 8.8.3, always strong).
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
}

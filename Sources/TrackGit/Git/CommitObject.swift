import TrackDomain

/// Reads commits as Git stores them.
enum CommitObject {
  /// Longer messages are cut.
  private static let maximumMessage = 1 << 16

  /// All commits that `git cat-file --batch` wrote.
  static func all(in output: [UInt8]) -> [CommitInfo] {
    GitObject.contents(in: output).compactMap { object, content in
      object.type == "commit" ? read(content, hash: object.hash) : nil
    }
  }

  /// Headers, an empty line, the message. Nil without an author.
  private static func read(_ content: ArraySlice<UInt8>, hash: String) -> CommitInfo? {
    var rest = content
    var author: ArraySlice<UInt8>?
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.isEmpty { break }
      if author == nil, line.starts(with: Array("author ".utf8)) { author = line.dropFirst(7) }
    }
    guard let author else { return nil }
    // Text in another encoding is repaired, not refused.
    let message = String(decoding: rest.prefix(maximumMessage), as: UTF8.self)
    return info(hash, author: String(decoding: author, as: UTF8.self), message: message)
  }

  /// `Name <email> seconds zone`
  private static func info(_ hash: String, author: String, message: String) -> CommitInfo? {
    guard let open = author.lastIndex(of: "<"), let close = author.lastIndex(of: ">"), open < close
    else { return nil }
    let times = author[author.index(after: close)...].split(separator: " ")
    // No commit is older than 1970.
    let seconds = max(times.first.flatMap { Int64($0) } ?? 0, 0)
    var name = author[..<open]
    if name.hasSuffix(" ") { name.removeLast() }
    var text = message
    while text.hasSuffix("\n") { text.removeLast() }
    return CommitInfo(
      hash: hash, authorName: String(name),
      authorEmail: String(author[author.index(after: open)..<close]),
      authoredAt: Timestamp(seconds: seconds, nanoseconds: 0) ?? .latest,
      message: text)
  }
}

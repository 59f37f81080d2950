/// What `git cat-file` says of an object before its content.
struct GitObject: Sendable, Hashable {
  var hash: String
  var type: String
  /// In bytes; not negative.
  var size: Int

  /// `<hash> <type> <size>`; nil for anything else, such as `<name> missing`.
  init?(_ line: some StringProtocol) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, GitHash.isFull(words[0]), let size = Int(words[2]), size >= 0 else {
      return nil
    }
    self.hash = String(words[0])
    self.type = String(words[1])
    self.size = size
  }

  /// The lines that `--batch-check` wrote; nil when they are not as many as there should be.
  static func all(in output: [UInt8], count: Int) -> [GitObject?]? {
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    return lines.count == count ? lines.map { GitObject($0) } : nil
  }
}

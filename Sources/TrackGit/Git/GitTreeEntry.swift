/// A line of `git ls-tree -z`.
struct GitTreeEntry: Sendable, Hashable {
  /// Octal digits.
  var mode: String
  var type: String
  var hash: String
  var path: String

  /// Whether it is a symbolic link.
  var isLink: Bool { mode == "120000" && type == "blob" }

  /// Whether it is a file, and not a link, folder or submodule.
  var isFile: Bool { mode.hasPrefix("100") && type == "blob" }

  /// `<mode> <type> <hash>` TAB `<path>`; other lines are left out.
  static func all(in output: [UInt8]) -> [GitTreeEntry] {
    output.split(separator: 0).compactMap { line in
      let text = String(decoding: line, as: UTF8.self)
      guard let tab = text.firstIndex(of: "\t") else { return nil }
      let words = text[..<tab].split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 3, words[0].utf8.count == 6,
        words[0].utf8.allSatisfy({ (0x30...0x37).contains($0) }), GitHash.isFull(words[2])
      else { return nil }
      return GitTreeEntry(
        mode: String(words[0]), type: String(words[1]), hash: String(words[2]),
        path: String(text[text.index(after: tab)...]))
    }
  }
}

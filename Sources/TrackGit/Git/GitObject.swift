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

  /// What `git cat-file --batch` wrote: `<hash> <type> <size>` LF content LF for each; a line without an
  /// object says that one is missing.
  static func contents(in output: [UInt8]) -> [(object: GitObject, content: ArraySlice<UInt8>)] {
    var objects: [(object: GitObject, content: ArraySlice<UInt8>)] = []
    var rest = output[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let object = GitObject(String(decoding: rest[..<end], as: UTF8.self))
      rest = rest[(end + 1)...]
      guard let object else { continue }
      // Nothing that is in an object is taken for the beginning of another.
      guard object.size < rest.count, rest[rest.startIndex + object.size] == 0x0A else { break }
      objects.append((object, rest.prefix(object.size)))
      rest = rest.dropFirst(object.size + 1)
    }
    return objects
  }

  /// The lines that `--batch-check` wrote; nil when they are not as many as there should be.
  static func all(in output: [UInt8], count: Int) -> [GitObject?]? {
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    return lines.count == count ? lines.map { GitObject($0) } : nil
  }
}

/// The line that `git cat-file` writes before an object's content.
struct GitObject: Sendable, Hashable {
  var hash: String
  var type: String
  /// In bytes; not negative.
  var size: Int

  /// `<hash> <type> <size>`; nil for other lines, such as `<name> missing`.
  init?(_ line: some StringProtocol) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, GitHash.isFull(words[0]), let size = Int(words[2]), size >= 0 else {
      return nil
    }
    self.hash = String(words[0])
    self.type = String(words[1])
    self.size = size
  }

  /// The output of `git cat-file --batch`: `<hash> <type> <size>` LF content LF for each object; a
  /// line of another form says that an object is missing.
  static func contents(in output: [UInt8]) -> [(object: GitObject, content: ArraySlice<UInt8>)] {
    var objects: [(object: GitObject, content: ArraySlice<UInt8>)] = []
    var rest = output[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let object = GitObject(String(decoding: rest[..<end], as: UTF8.self))
      rest = rest[(end + 1)...]
      guard let object else { continue }
      // The content of one object must not be taken for the beginning of another.
      guard object.size < rest.count, rest[rest.startIndex + object.size] == 0x0A else { break }
      objects.append((object, rest.prefix(object.size)))
      rest = rest.dropFirst(object.size + 1)
    }
    return objects
  }

  /// The lines of `--batch-check`; nil unless there are `count` of them.
  static func all(in output: [UInt8], count: Int) -> [GitObject?]? {
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    return lines.count == count ? lines.map { GitObject($0) } : nil
  }
}

import TestBasics
import Testing
import TrackDomain

@testable import TrackGit

/// Git's answers about objects that other programs made.
@Suite(.timeLimit(.minutes(2))) struct GitObjectTests {
  private static let hash = String(repeating: "ab", count: 20)

  private static func batch(_ contents: [String], type: String = "commit") -> [UInt8] {
    contents.flatMap { Array("\(hash) \(type) \($0.utf8.count)\n\($0)\n".utf8) }
  }

  private func times(_ text: String) -> [Timestamp] {
    CommitObject.all(in: Self.batch(["tree x\nauthor A <a@b> \(text)\n\nm\n"])).map(\.authoredAt)
  }

  @Test(arguments: [
    ("0 +0000", 0), ("1 +0000", 1), ("-1 +0000", 0), ("253402300799 +0000", 253_402_300_799),
    ("253402300800 +0000", 253_402_300_799), ("9223372036854775807 +0000", 253_402_300_799),
    ("9223372036854775808 +0000", 0), ("-9223372036854775808 +0000", 0), ("1e9 +0000", 0),
    ("", 0), ("99999999999999999999999999 +9999", 0),
  ])
  func `times of commits are of the years 1970 to 9999`(_ text: String, _ seconds: Int64) {
    #expect(times(text).map(\.seconds) == [seconds])
  }

  @Test func `a commit says who, when and why, in whatever encoding`() throws {
    let message = "Fix\u{0}it"
    let content =
      "tree x\nparent y\nauthor  Ada L.  <ada@<x> 12 +0100\nauthor Eve <e> 13 +0000\ngpgsig z\n\n"
      + "\(message)\n\n\n"
    let info = try #require(CommitObject.all(in: Self.batch([content])).first)
    #expect(info.hash == Self.hash && info.message == message)
    #expect(info.authorName == " Ada L.  <ada@" && info.authorEmail == "x")
    #expect(info.authoredAt.seconds == 12)
    var latin = Array("author J\u{1}rg <j> 1 +0000\n\n\u{1}\n".utf8)
    for index in latin.indices where latin[index] == 1 { latin[index] = 0xFC }
    let output = Array("\(Self.hash) commit \(latin.count)\n".utf8) + latin + [0x0A]
    let repaired = try #require(CommitObject.all(in: output).first)
    #expect(repaired.authorName == "J\u{FFFD}rg" && repaired.message == "\u{FFFD}")
  }

  @Test func `what is no commit, or has no author, is left out, and what follows is read`() {
    let good = "author A <a> 1 +0000\n\nm"
    let output =
      Self.batch(["author A <a> 1 +0000\n\ntag"], type: "tag")
      + Array("\(Self.hash) missing\n".utf8) + Self.batch(["tree x\n\nnobody", "", good])
    #expect(CommitObject.all(in: output).map(\.message) == ["m"])
  }

  @Test func `a message cannot pretend to be another commit`() {
    let fake = String(decoding: Self.batch(["author Eve <e> 1 +0000\n\nfake"]), as: UTF8.self)
    let content = "author A <a> 1 +0000\n\n\(fake)"
    var output = Self.batch([content])
    #expect(CommitObject.all(in: output).map(\.authorName) == ["A"])
    // Cut off, and with a wrong size.
    output.removeLast(3)
    #expect(CommitObject.all(in: output).isEmpty)
    let wrong = Array("\(Self.hash) commit \(content.utf8.count + 9)\n\(content)\n".utf8)
    #expect(CommitObject.all(in: wrong).isEmpty)
    let short = Array("\(Self.hash) commit 3\n\(content)\n".utf8)
    #expect(CommitObject.all(in: short).isEmpty)
  }

  @Test func `a message has 64 kB at most`() {
    let sizes = [1 << 16, 1 << 16 + 1].map { size in
      CommitObject.all(
        in: Self.batch(["author A <a> 1 +0000\n\n" + String(repeating: "x", count: size)])
      ).map(\.message.utf8.count)
    }
    #expect(sizes == [[1 << 16], [1 << 16]])
  }

  @Test(arguments: [
    ("\(hash) blob 0", true), ("\(hash) commit 9223372036854775807", true),
    ("\(hash) blob 9223372036854775808", false), ("\(hash) blob -1", false),
    ("\(hash) blob", false), ("\(hash) missing", false), ("\(hash) blob 1 2", false),
    ("\(hash)  blob 1", false), ("x blob 1", false), ("", false), ("main missing", false),
    (String(hash.dropLast()) + " blob 1", false), ("\(hash)abab blob 1", false),
    (hash.uppercased() + " blob 1", false),
  ])
  func `an object has a hash, a type and a size`(_ line: String, _ isObject: Bool) {
    #expect((GitObject(line) != nil) == isObject)
  }

  @Test func `answers are as many as questions`() throws {
    let output = Array("\(Self.hash) blob 1\nx missing\n".utf8)
    let objects = try #require(GitObject.all(in: output, count: 2))
    #expect(objects.map { $0?.size } == [1, nil])
    #expect(GitObject.all(in: output, count: 1) == nil)
    #expect(GitObject.all(in: output, count: 3) == nil)
  }

  @Test func `files are told from links, folders and submodules`() {
    let lines = [
      "100644 blob \(Self.hash)\ta.yaml", "100755 blob \(Self.hash)\tb\tc\n",
      "120000 blob \(Self.hash)\tlink", "040000 tree \(Self.hash)\tfolder",
      "160000 commit \(Self.hash)\tsub", "100644 blob x\tbad", "100644 blob \(Self.hash) none",
      "1006444 blob \(Self.hash)\tlong", "100648 blob \(Self.hash)\toctal", "\t", "",
    ]
    let entries = GitTreeEntry.all(in: Array(lines.joined(separator: "\0").utf8))
    #expect(entries.map(\.path) == ["a.yaml", "b\tc\n", "link", "folder", "sub"])
    #expect(entries.filter(\.isFile).map(\.path) == ["a.yaml", "b\tc\n"])
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `whatever git says, nothing traps, and what is told is in range`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let numbers = [
      "0", "-0", "-1", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
      "18446744073709551616", "253402300800", "+5", "0x10", "", " ",
    ]
    for _ in 0..<1500 {
      var content = "tree \(Self.hash)\n"
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        content +=
          random.pick(["author", "Author", "author  ", "committer"])
          + " N <e@x> \(random.pick(numbers)) \(random.pick(numbers))\n"
      }
      content += "\n" + String(repeating: "m\n", count: Int.random(in: 0...5, using: &random))
      let size =
        Bool.random(using: &random)
        ? "\(content.utf8.count)" : random.pick(numbers)
      var commits = Array("\(Self.hash) commit \(size)\n\(content)\n".utf8)
      commits += commits
      var tree = Array("100644 blob \(Self.hash)\ta\u{0}040000 tree \(Self.hash)\tb\u{0}".utf8)
      Self.damage(&commits, &random)
      Self.damage(&tree, &random)
      for info in CommitObject.all(in: commits) {
        #expect(GitHash.isFull(info.hash))
        #expect((0...253_402_300_799).contains(info.authoredAt.seconds))
      }
      for entry in GitTreeEntry.all(in: tree) { #expect(GitHash.isFull(entry.hash)) }
      for object in GitObject.all(in: commits, count: 2) ?? [] { #expect((object?.size ?? 0) >= 0) }
    }
  }

  /// Changes, removes, inserts and repeats a few bytes.
  private static func damage(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
    for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2:
        bytes.insert(
          random.pick([0x0A, 0x20, 0x09, 0, 0x3C, 0x3E, 0xFF]), at: place)
      case 3: bytes.removeLast(bytes.count - place)
      default: bytes += bytes[place...]
      }
    }
  }
}

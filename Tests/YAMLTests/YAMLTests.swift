import Testing

@testable import YAML

@Suite(.timeLimit(.minutes(2))) struct YAMLTests {
  private func read(_ text: String) throws -> YAMLNode {
    try YAMLTreeBuilder.read(Array(text.utf8)).root
  }

  private func failure(
    _ bytes: [UInt8], limits: YAMLLimits = YAMLLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> String {
    do {
      _ = try YAMLTreeBuilder.read(bytes, limits: limits)
      return ""
    } catch {
      return "\(error.position.line):\(error.position.column) \(error.message)"
    }
  }

  @Test func `places are lines and columns in characters`() throws {
    let root = try read("é: ü x\nlist:\n  - \"a\"\n  - b: c\n")
    let entries = try #require(root.entries)
    #expect(entries[0].value.start == YAMLPosition(line: 1, column: 4, offset: 3))
    #expect(entries[0].value.end.offset == 6)
    #expect(entries[1].keyStart == YAMLPosition(line: 2, column: 1, offset: 7))
    let elements = try #require(entries[1].value.elements)
    #expect(elements[0].start == YAMLPosition(line: 3, column: 5, offset: 17))
    #expect(elements[1].entry("b")?.value.start.line == 4)
  }

  struct Bad: Sendable {
    let bytes: [UInt8]
    let problem: String

    init(text: String, then more: [UInt8] = [], _ problem: String) {
      bytes = Array(text.utf8) + more
      self.problem = problem
    }
  }

  static let bad: [Bad] = [
    Bad(text: "a: b\n\tc: d", "2:1 has a tab"),
    Bad(text: "a: 'b", "is not YAML"),
    Bad(text: "a: b: c", "1:5 is not YAML"),
    Bad(text: "a: 1\n---\nb: 2\n", "2:1 must be a single document"),
    Bad(text: "a: 1\n...\n---\nb: 2\n", "3:1 must be a single document"),
    Bad(text: "a: \0", "1:4 must not hold a NUL"),
    Bad(text: "a: 1\r\nb: \u{1}", "2:4 must not hold the control character U+1"),
    Bad(text: "a: é\n", then: [0xFF], "2:1 must be UTF-8"),
    Bad(text: "", then: [0xFE, 0xFF, 0, 0x61], "1:1 must be UTF-8"),
    Bad(text: "", then: [0xFF, 0xFE, 0x61, 0], "1:1 must be UTF-8"),
    Bad(text: "", then: [0x61, 0xC0, 0x80], "1:2 must be UTF-8"),
    Bad(text: "", then: [0x61, 0xED, 0xA0, 0x80], "1:2 must be UTF-8"),
    Bad(text: "a: \u{FEFF}", "1:4 must not hold a byte order mark"),
    Bad(text: "a: *b", "1:4 has no anchor for the alias b"),
    Bad(text: "a: &b [*b]", "1:8 must not hold itself"),
    Bad(text: "? [a]\n: b", "1:3 must have texts as keys"),
    Bad(text: "a: !!binary YQ==", "1:4 must not have the tag"),
    Bad(text: "a: !mine b", "1:4 must not have the tag"),
    Bad(text: "a: !!map [b]", "1:4 must not have the tag"),
    Bad(text: "<<: 1", "1:5 must merge mappings only"),
    Bad(text: "\(String(repeating: "k", count: 129)): 1", "1:1 must have keys of at most 128"),
    Bad(text: "%YAML 3.0\n---\na: b", "is not YAML"),
  ]

  @Test(arguments: bad)
  func `what is no document is told with its place`(bad: Bad) {
    #expect(failure(bad.bytes).contains(bad.problem), "\(failure(bad.bytes))")
  }

  @Test func `a byte order mark and returns do not move places`() throws {
    let (root, _) = try YAMLTreeBuilder.read([0xEF, 0xBB, 0xBF] + Array("a: 1\r\nb: 2\r\n".utf8))
    #expect(root.entry("b")?.value.start == YAMLPosition(line: 2, column: 4, offset: 9))
  }

  @Test func `keys that repeat are told, all of them`() throws {
    let (_, problems) = try YAMLTreeBuilder.read(Array("a:\n- b: 1\n  b: 2\na: 3\n".utf8))
    #expect(problems.map(\.path) == ["a[0].b", "a"])
    #expect(problems.map(\.error.position.line) == [3, 4])
  }

  @Test func `aliases and merge keys are resolved`() throws {
    let root = try read("base: &b {x: 1, y: 2}\nlist: [*b, *b]\nm:\n  <<: *b\n  y: 3\n")
    #expect(try #require(root.entry("list")?.value).means(try read("[{x: 1, y: 2}, {x: 1, y: 2}]")))
    #expect(try #require(root.entry("m")?.value).means(try read("{y: 3, x: 1}")))
  }

  @Test func `of several mappings that are merged the first says most`() throws {
    let root = try read("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nm: {<<: [*a, *b], z: 3}\n")
    #expect(try #require(root.entry("m")?.value).means(try read("{z: 3, x: 1, y: 2}")))
  }

  // MARK: Limits

  @Test func `aliases that explode are refused when they are met`() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let alias = "*a\(level - 1)"
      text += "a\(level): &a\(level) [" + Array(repeating: alias, count: 9).joined(separator: ", ")
      text += "]\n"
    }
    #expect(failure(Array(text.utf8)).hasPrefix("5:"))
    #expect(failure(Array(text.utf8)).contains("must have at most 10000 values"))
  }

  @Test func `aliases of long texts are counted by their length`() {
    var text = "a: &a \"\(String(repeating: "x", count: 100_000))\"\nb:\n"
    for _ in 0..<100 { text += "- *a\n" }
    #expect(failure(Array(text.utf8)).contains("bytes of text"))
  }

  @Test func `aliases that nest are as deep as they are written out`() {
    var text = "a0: &a0 [x]\n"
    for level in 1...60 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(failure(Array(text.utf8)).contains("must not be nested deeper than 50 levels"))
  }

  @Test(arguments: ["[", "{a: ", "- ", "? ", "[{a: "])
  func `deep nesting is refused early`(opening: String) {
    let text = String(repeating: opening, count: 100_000)
    #expect(failure(Array(text.utf8)).hasPrefix("1:"))
    #expect(
      failure(Array(text.utf8)).contains("must not be nested deeper than 50 levels")
        || failure(Array(text.utf8)).contains("must have texts as keys"))
  }

  @Test func `many values are refused, and a text that is too long`() {
    let many = "[" + String(repeating: "a,", count: 10_001) + "]"
    #expect(failure(Array(many.utf8)).contains("must have at most 10000 values"))
    let long = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
    #expect(failure(long) == "")
    #expect(failure(long + [0x61]) == "1:1 must have at most 1048576 bytes")
  }

  @Test func `directives are few`() {
    let directives = (0..<101).map { "%TAG !a\($0)! tag:x\n" }.joined() + "---\na: 1\n"
    #expect(
      failure(Array(directives.utf8)) == "101:1 must have at most 100 lines that begin with '%'")
  }

  // MARK: Writing

  @Test(arguments: [
    "", "no", "No", "1e3", "0123", "1.0", "v1.2", "1.2.3", "~", "null", "true", "12:30:45", "0x1F",
    ".inf", "-1", "+1", "=", "<<", "2001-12-14", "a: b", "a #b", "a:", "- a", "-", "?", ":", "#a",
    "a\nb", "\ta", " a", "a ", "é", "\u{1F600}", "\u{2028}", "\u{85}", "a\u{A0}b", "\"", "\\", "'",
    "---", "... a", "%a", "@a", "`a", "|", ">", "&a", "*a", "!a", "{a", "[a", ",a", "a, b", "a]",
    "y", "n", "off", "/greeting", "\u{200B}", "\u{FFFD}",
  ])
  func `texts are read as they were written`(text: String) throws {
    let node = YAMLNode.mapping([
      (String(text.prefix(100)), .text(text)),
      ("list", YAMLNode(.sequence([.text(text), .mapping([("k", .text(text))])]))),
    ])
    let written = YAMLNodeWriter.write(node)
    #expect(try read(written).means(node), "\(written)")
  }

  @Test func `the layout is the usual one`() {
    let node = YAMLNode.mapping([
      ("a", .number("1.2")), ("b", YAMLNode(.sequence([]))), ("c", YAMLNode(.mapping([]))),
      (
        "d",
        YAMLNode(
          .sequence([
            .mapping([("e", .text("f")), ("g", .mapping([("h", .text("1"))]))]), .text("i"),
            YAMLNode(.sequence([.text("j")])),
          ]))
      ),
    ])
    #expect(
      YAMLNodeWriter.write(node) == """
        a: 1.2
        b: []
        c: {}
        d:
          - e: f
            g:
              h: "1"
          - i
          -
            - j

        """)
  }
}

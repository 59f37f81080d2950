import Testing

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitWordsTests {
  private static func words(_ text: String) -> GitWords { GitWords(Array(text.utf8)) }

  @Test func `what the other end says is told from what git says`() {
    let words = Self.words(
      """
      remote: =====================        \u{1B}[K
      remote:         \u{1B}[K
      remote: only merge requests may change main        \u{1B}[K
      remote: see https://wiki.example/rules        \u{1B}[K
      To ssh://git@git.example/ops.git
      error: failed to push some refs to 'ssh://git@git.example/ops.git'

      """)
    #expect(words.remote == "only merge requests may change main see https://wiki.example/rules")
    #expect(words.all.contains("failed to push some refs"))
    #expect(!words.all.contains("\u{1B}") && !words.all.contains("\n"))
  }

  @Test(arguments: [
    ("fatal: remote error: access to x denied", "access to x denied"),
    ("ERROR: The project could not be found.", "The project could not be found."),
    ("remote:no space", "no space"),
    ("fatal: unable to access 'https://x/'", ""),
    ("", ""),
    ("remote: ===", ""),
  ])
  func `how the other end speaks`(_ text: String, _ remote: String) {
    #expect(Self.words(text).remote == remote)
  }

  @Test(arguments: [
    ("remote: https://ada:s3cret@host/x", "https://***@host/x"),
    ("remote: 'https://s3cret@host/x'", "'https://***@host/x'"),
    (
      "remote: a https://ada:s3@cret@host/x,ssh://b:s3cret@c/d",
      "a https://***@host/x,ssh://***@c/d"
    ),
    (
      "remote: see https://host/x?private_token=s3cret&a=b",
      "see https://host/x?private_token=***&a=b"
    ),
    ("remote: Authorization: Basic s3cret== sent", "Authorization: Basic *** sent"),
    ("remote: your token: s3cret", "your token: ***"),
    ("remote: password=s3cret", "password=***"),
    ("remote: mail a@b.example", "mail a@b.example"),
  ])
  func `credentials are cut`(_ text: String, _ remote: String) {
    let words = Self.words(text)
    #expect(words.remote == remote)
    #expect(!words.all.contains("s3cret") && !words.all.contains("s3@cret"))
  }

  @Test func `control characters do not come through, whatever they are`() {
    let words = Self.words("remote: a\u{1B}[31mb\u{7}c\u{202E}d\u{2028}e\u{9B}f\u{0}g\rremote: h")
    #expect(words.remote == "ab c d e f g h")
    for scalar in words.all.unicodeScalars { #expect(scalar.value >= 0x20) }
    #expect(
      GitWords([0x72, 0x65, 0x6D, 0x6F, 0x74, 0x65, 0x3A, 0x20, 0xFF, 0x61]).remote == "\u{FFFD}a")
  }

  @Test func `neither is longer than a reader stands`() {
    let exact = String(repeating: "x", count: 500)
    #expect(Self.words("remote: " + exact).remote == exact)
    #expect(Self.words("remote: " + exact + "x").remote == exact + "...")
    let many = (0..<5000).map { "remote: line \($0)" }.joined(separator: "\n")
    let words = Self.words(many + "\nfatal: the end")
    #expect(words.remote.hasPrefix("line 0 line 1 ") && words.remote.count == 503)
    #expect(words.all.hasSuffix("; fatal: the end") && words.all.count == 1003)
  }
}

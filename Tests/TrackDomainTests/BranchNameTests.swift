import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct BranchNameTests {
  @Test(arguments: [
    ("", ""), ("main", "main"), ("feature/x", "feature/x"), ("feature%2Fx", "feature/x"),
    ("feature%2fx", "feature/x"), ("a%20b", "a b"), ("a b", "a b"), ("a+b", "a+b"),
    ("100%25", "100%"), ("a%252Fb", "a%2Fb"), ("%C3%A9t%C3%A9", "été"), ("été", "été"),
    ("a@b", "a@b"), ("@a", "@a"), ("a.b", "a.b"), ("{x}", "{x}"), ("a-", "a-"),
    ("a.lockx", "a.lockx"),
  ])
  func `decodes exactly once`(encoded: String, decoded: String) throws {
    #expect(try BranchName.decode(encoded) == decoded)
  }

  @Test(arguments: [
    "%", "a%", "a%2", "a%zz", "a%2G", "%%41", "%e9", "%C3", "%FF", "%00", "a%0Ab", "a\u{7F}",
    "a\u{1}", "/a", "a/", "a//b", "%2Fa", "a%2F", ".a", "a/.b", "a.", "a..b", "a%2E%2Eb",
    "a.lock", "a.lock/b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a%5Cb", "@", "a@{b",
    "-a", "/",
  ])
  func `refuses what Git refuses, and malformed escapes`(encoded: String) {
    #expect(
      reason { () throws(InvalidValue) in _ = try BranchName.decode(encoded) } == .invalidBranch)
  }

  @Test func `counts the length after decoding`() throws {
    let longest = String(repeating: "a", count: BranchName.maximumLength)
    let escaped = String(repeating: "%61", count: BranchName.maximumLength)
    #expect(try BranchName.decode(longest) == longest)
    #expect(try BranchName.decode(escaped) == longest)
    #expect(throws: InvalidValue.self) { try BranchName.decode(longest + "a") }
    #expect(throws: InvalidValue.self) { try BranchName.decode(escaped + "a") }
  }
}

/// The reason of the error that `body` throws; nil without an error.
func reason(_ body: () throws(InvalidValue) -> Void) -> ErrorReason? {
  do {
    try body()
    return nil
  } catch {
    return error.reason
  }
}

import Testing
import TrackDomain

/// The rules for the branch and the folder of an environment.
@Suite(.timeLimit(.minutes(2))) struct GitOpsRulesTests {
  @Test(arguments: [
    ".", "", "./", "a", "a/b c/\u{fc}", "./a//b/", "clusters/prod-eu", "yaml", "a.yaml.d",
    ".github", "git",
    ".gitignore.d", "gitmodules", "gitmod~x", String(repeating: "x", count: 255),
  ])
  func `a folder of a repository is taken`(_ path: String) throws {
    try GitOpsFolder.check(path)
  }

  @Test(arguments: [
    "/a", "../a", "a/../b", "a/..", "..", "a\u{0}b", "a\nb", "a\u{7f}", "a\\b", "a\u{200c}b",
    // Git's own names, in the spellings of any file system.
    ".git", "a/.GIT/b", ".git. .", ".git::$INDEX_ALLOCATION/x", "git~1", "a/GIT~1",
    ".gitmodules", "a/.gitattributes", ".GitModules ", "gitmod~4", "GI7EBA~1/x",
    // A folder with the name of a manifest.
    "a.yaml", "a.yaml/b", "clusters/dev.yml", "x.JSON", String(repeating: "x", count: 256),
    "a/" + String(repeating: "\u{fc}", count: 128), String(repeating: "x/", count: 513),
  ])
  func `what Git or a checkout refuses later is refused`(_ path: String) {
    let error = #expect(throws: InvalidValue.self) { try GitOpsFolder.check(path) }
    #expect(error?.reason == .invalidResource)
  }

  @Test(arguments: [
    "main", "release/1.0", "head", "a/HEAD", "ref", String(repeating: "b", count: 250),
  ])
  func `a branch is taken`(_ name: String) throws {
    try GitOpsBranch.check(name)
  }

  @Test(arguments: [
    "HEAD", "refs/heads/main", "refs/x", "a b", "a..b", "-x", "a.lock", "@", "a/.b", "",
    String(repeating: "b", count: 251), "a/" + String(repeating: "b", count: 251),
  ])
  func `what is no branch of a repository is refused`(_ name: String) {
    let error = #expect(throws: InvalidValue.self) { try GitOpsBranch.check(name) }
    #expect(error?.reason == .invalidBranch)
  }

  @Test func `folders are those between the slashes`() {
    #expect(GitOpsFolder.segments("./a//b c/.") == ["a", "b c"])
    #expect(GitOpsFolder.segments(".").isEmpty && GitOpsFolder.segments("").isEmpty)
    // A slash with an accent is a slash for Git.
    #expect(GitOpsFolder.segments("a/\u{301}b") == ["a", "\u{301}b"])
  }
}

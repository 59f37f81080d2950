import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Symbolic links in real repositories, on servers that can leave out files and on others.
@Suite(.timeLimit(.minutes(2))) struct SourceTreeTests {
  /// Makes a repository with links and files, and runs `body` with it.
  private static func with(
    _ links: [String: String], files: [String: String], allowsFilter: Bool = true,
    _ body: (GitSourceRepository, _ url: String, _ commit: String) async throws -> Void
  ) async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository("origin.git")
    if allowsFilter {
      try GitFixture.run("git", "-C", path, "config", "uploadpack.allowFilter", "true")
    }
    let work = fixture.directory + "/work"
    try GitFixture.run("git", "init", "-q", "-b", "main", work)
    let modes = [("100644", files), ("120000", links)]
    for (mode, contents) in modes {
      for (path, content) in contents {
        let hash = try GitFixture.run(
          "git", "hash-object", "-w", "--stdin", at: work, input: content)
        try GitFixture.run(
          "git", "update-index", "--add", "--cacheinfo", "\(mode),\(hash),\(path)", at: work)
      }
    }
    try GitFixture.run("git", "commit", "-q", "-m", "links", at: work)
    try GitFixture.run("git", "push", "-q", path, "main", at: work)
    let commit = try GitFixture.run("git", "rev-parse", "HEAD", at: work)
    try await fixture.run { () async throws in
      try await body(GitSourceRepository(fixture.git), path, commit)
    }
  }

  @Test(arguments: [true, false])
  func `links are followed, wherever they are on the way`(_ allowsFilter: Bool) async throws {
    let links = [
      "direct": "shared/a.yaml", "folder": "shared", "deep/er/up": "../../shared/./a.yaml",
      "chain": "folder/chain2", "shared/chain2": "../deep/er/up", "folders": "deep",
    ]
    try await Self.with(links, files: ["shared/a.yaml": "content"], allowsFilter: allowsFilter) {
      (source, url, commit) async throws in
      for path in ["direct", "folder/a.yaml", "deep/er/up", "folders/er/up", "chain"] {
        let file = try await source.firstFile(
          of: ["none", path], commit: commit, repositoryURL: url, maximumBytes: 100)
        #expect(file == SourceFile(path: path, content: Array("content".utf8)))
      }
      #expect(
        try await source.existing(
          ["direct", "folder/a.yaml", "folder/b.yaml", "shared", "shared/a.yaml", "chain/x"],
          commit: commit, repositoryURL: url) == [
            "direct": .file, "folder/a.yaml": .file, "shared/a.yaml": .file,
            "folder/b.yaml": .deadLink("leads to no file of the commit"),
            "chain/x": .deadLink("leads to no file of the commit"),
          ])
    }
  }

  @Test(arguments: [
    ("/etc/passwd", "leads out of the repository"),
    ("../secret", "leads out of the repository"),
    ("a/../../outside/file", "leads out of the repository"),
    ("nothing", "leads to no file of the commit"), ("folder", "leads to no file of the commit"),
    ("link", "leads through more than 8 links"), ("l0", "leads through more than 8 links"),
    (String(repeating: "a/", count: 2100), "leads to no path"),
  ])
  func `a link that leads to no file is told as such, and not passed over`(
    target: String, words: String
  ) async throws {
    var links = ["link": target]
    for number in 0..<8 { links["l\(number)"] = number < 7 ? "l\(number + 1)" : "file" }
    try await Self.with(links, files: ["file": "content", "folder/file": "content"]) {
      (source, url, commit) async throws in
      #expect(
        try await source.existing(["link", "file", "l0"], commit: commit, repositoryURL: url)
          == ["link": .deadLink(words), "file": .file, "l0": .file])
      let error = await #expect(throws: IntegrationError.self) {
        try await source.firstFile(
          of: ["link", "file"], commit: commit, repositoryURL: url, maximumBytes: 100)
      }
      #expect(
        error == IntegrationError(.invalid, "link is a symbolic link that \(words)"))
      // The first path counts.
      let file = try await source.firstFile(
        of: ["file", "link"], commit: commit, repositoryURL: url, maximumBytes: 100)
      #expect(file?.path == "file")
    }
  }

  @Test func `paths with thousands of folders are none`() async throws {
    try await Self.with(["a": "b"], files: ["b/file": "content"]) {
      (source, url, commit) async throws in
      let paths = (0..<50).map { number in
        "a/" + Array(repeating: "x", count: 450).joined(separator: "/") + "/\(number)"
      }
      let found = try await source.existing(
        paths + ["a/file"], commit: commit, repositoryURL: url)
      #expect(found == ["a/file": .file])
    }
  }
}

import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Uses real repositories on this machine.
@Suite(.timeLimit(.minutes(2))) struct GitSourceRepositoryTests {
  /// A repository with a few commits on two branches.
  private struct Origin {
    let path: String
    /// Oldest first.
    let commits: [String]

    init(_ fixture: GitFixture, allowsFilter: Bool = true) throws {
      path = try fixture.bareRepository("origin.git")
      let work = fixture.directory + "/work"
      try GitFixture.run("git", "init", "-q", "-b", "main", work)
      try GitFixture.run("mkdir", "-p", "app/.choreo", at: work)
      var commits: [String] = []
      for number in 1...4 {
        try GitFixture.run(
          "tee", "app/.choreo/component.yaml", at: work, input: "schemaVersion: \(number)\n")
        try GitFixture.run("git", "add", "-A", at: work)
        try GitFixture.run(
          "git", "commit", "-q", "-m", "Change \(number)\n\nFor a reason.", at: work)
        commits.append(try GitFixture.run("git", "rev-parse", "HEAD", at: work))
      }
      try GitFixture.run(
        "git", "push", "-q", path, "main", "HEAD~1:refs/heads/feature/x",
        "HEAD~2:refs/heads/old/feature/x", at: work)
      if allowsFilter {
        try GitFixture.run("git", "-C", path, "config", "uploadpack.allowFilter", "true")
      }
      self.commits = commits
    }
  }

  private static let file = "app/.choreo/component.yaml"

  private func read(
    _ source: GitSourceRepository, _ repositoryURL: String, at commit: String
  ) async throws -> SourceFile? {
    try await source.firstFile(
      of: [Self.file], commit: commit, repositoryURL: repositoryURL, maximumBytes: 100)
  }

  @Test func `branches and commits are found by name`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      func resolve(_ revision: SourceRevision) async throws -> String {
        try await source.resolve(revision, repositoryURL: origin.path)
      }
      #expect(try await resolve(.branch("main")) == origin.commits[3])
      #expect(try await resolve(.branch("feature/x")) == origin.commits[2])
      #expect(try await resolve(.commit(origin.commits[1].uppercased())) == origin.commits[1])
      #expect(try await resolve(.commit(String(origin.commits[0].prefix(9)))) == origin.commits[0])
    }
  }

  @Test func `a branch is not one whose name ends like its reference`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    let name = "a/refs/heads/main"
    try GitFixture.run("git", "-C", origin.path, "branch", name, origin.commits[0])
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      func resolve(_ branch: String) async throws -> String {
        try await source.resolve(.branch(branch), repositoryURL: origin.path)
      }
      #expect(try await resolve("main") == origin.commits[3])
      #expect(try await resolve(name) == origin.commits[0])
      try GitFixture.run("git", "-C", origin.path, "update-ref", "-d", "refs/heads/main")
      let error = await #expect(throws: IntegrationError.self) { try await resolve("main") }
      #expect(error?.kind == .notFound)
    }
  }

  @Test(arguments: [(7, true), (8, false)])
  func `a commit of no branch is found among a few that are not there`(
    _ unknown: Int, _ isFound: Bool
  ) async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try GitFixture.run("git", "-C", origin.path, "config", "uploadpack.allowAnySHA1InWant", "true")
    let hidden = try GitFixture.run(
      "git", "-C", origin.path, "commit-tree", "main^{tree}", "-m", "Hidden")
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let hashes = (1...unknown).map { String(repeating: "\($0)", count: 40) }
      let found = try await source.commits(
        hashes + [hidden, origin.commits[0]], repositoryURL: origin.path)
      #expect(found[origin.commits[0]]?.message == "Change 1\n\nFor a reason.")
      #expect(found[hidden]?.message == (isFound ? "Hidden" : nil))
      #expect(found.count == (isFound ? 2 : 1))
    }
  }

  @Test(arguments: [
    (SourceRevision.branch("nope"), IntegrationError.Kind.notFound),
    (.branch("x"), .notFound), (.branch("a b"), .notFound),
    (.branch("--upload-pack=touch x"), .invalid), (.branch("mai*"), .invalid),
    (.branch("$(touch x)"), .notFound), (.branch(""), .invalid),
    (.commit("1111111111111111111111111111111111111111"), .notFound),
    (.commit("abcdef123"), .notFound), (.commit("abc"), .invalid),
    (.commit("--help-of-git"), .invalid), (.commit("main"), .invalid),
    (.commit("HEAD^{tree}"), .invalid),
    (.commit(String(repeating: "a", count: 64)), .notFound),
  ])
  func `what names nothing is told from what is no name`(
    _ revision: SourceRevision, _ kind: IntegrationError.Kind
  ) async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let error = await #expect(throws: IntegrationError.self) {
        try await source.resolve(revision, repositoryURL: origin.path)
      }
      #expect(error?.kind == kind)
    }
  }

  @Test(arguments: [
    ("main:\(file)", "is a file of the repository, and no commit"),
    ("main:app", "is a folder of the repository, and no commit"),
    ("main^{tree}", "is a folder of the repository, and no commit"),
    ("v1", "is an annotated tag: name the commit that it is of, "),
    ("v1-tree", "is an annotated tag, and of no commit"),
  ])
  func `what is no commit is told as what it is, and harms nobody else`(
    _ name: String, _ words: String
  ) async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try GitFixture.run("git", "-C", origin.path, "tag", "-a", "-m", "One", "v1", "main")
    try GitFixture.run("git", "-C", origin.path, "tag", "-a", "-m", "T", "v1-tree", "main^{tree}")
    let hash = try GitFixture.run("git", "-C", origin.path, "rev-parse", name)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      for _ in 1...2 {
        let error = await #expect(throws: IntegrationError.self) {
          try await source.resolve(.commit(hash), repositoryURL: origin.path)
        }
        #expect(error?.kind == .notACommit && error?.message.hasPrefix(words) == true)
        if name == "v1" { #expect(error?.message.hasSuffix(origin.commits[3]) == true) }
      }
      // An image that was saved with such a hash must not spoil the order of the others.
      let pairs: Set<CommitPair> = [
        CommitPair(hash, comparedWith: origin.commits[0]),
        CommitPair(origin.commits[0], comparedWith: origin.commits[3]),
      ]
      let found = try await source.ancestries(of: pairs, repositoryURL: origin.path)
      #expect(found == [CommitPair(origin.commits[0], comparedWith: origin.commits[3]): .ancestor])
      let infos = try await source.commits([hash, origin.commits[0]], repositoryURL: origin.path)
      #expect(Array(infos.keys) == [origin.commits[0]])
    }
  }

  @Test(arguments: [true, false])
  func `files are read at a commit, whether or not the server leaves large ones out`(
    _ allowsFilter: Bool
  ) async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture, allowsFilter: allowsFilter)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      for (index, commit) in origin.commits.enumerated() {
        let file = try await source.firstFile(
          of: ["app/nope", "app", Self.file], commit: commit, repositoryURL: origin.path,
          maximumBytes: 1000)
        #expect(
          file
            == SourceFile(path: Self.file, content: Array("schemaVersion: \(index + 1)\n".utf8)))
      }
      let none = try await source.firstFile(
        of: ["nope", "../etc/passwd", "/etc/passwd", ":(glob)**", "--help", ""],
        commit: origin.commits[0], repositoryURL: origin.path, maximumBytes: 1000)
      #expect(none == nil)
      #expect(
        try await source.existing(
          [Self.file, "app/.choreo", "nope"], commit: origin.commits[0],
          repositoryURL: origin.path) == [Self.file: .file])
    }
  }

  @Test(arguments: [true, false])
  func `a commit whose message is here is read with its files`(_ allowsFilter: Bool) async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture, allowsFilter: allowsFilter)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let commit = origin.commits[2]
      #expect(try await source.commits([commit], repositoryURL: origin.path).count == 1)
      let file = try await source.firstFile(
        of: [Self.file], commit: commit, repositoryURL: origin.path, maximumBytes: 100)
      #expect(file?.content == Array("schemaVersion: 3\n".utf8))
    }
  }

  @Test func `commits say who made them, when and why`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let unknown = String(repeating: "1", count: 40)
      for _ in 0..<2 {
        let infos = try await source.commits(
          [origin.commits[0], unknown, origin.commits[2], "main", "--help"],
          repositoryURL: origin.path)
        #expect(Set(infos.keys) == [origin.commits[0], origin.commits[2]])
        let info = try #require(infos[origin.commits[2]])
        #expect(info.authorName == "Ada Lovelace" && info.authorEmail == "ada@example.org")
        #expect(info.message == "Change 3\n\nFor a reason.")
        #expect(info.authoredAt.seconds > 1_700_000_000)
      }
      // The next call fetches its files.
      let file = try await source.firstFile(
        of: [Self.file], commit: origin.commits[2], repositoryURL: origin.path, maximumBytes: 100)
      #expect(file?.content == Array("schemaVersion: 3\n".utf8))
    }
  }

  @Test func `what is here is read without the server, but a new commit is fetched`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      _ = try await read(source, origin.path, at: origin.commits[0])
      try GitFixture.run("mv", origin.path, origin.path + ".away")
      #expect(try await read(source, origin.path, at: origin.commits[0]) != nil)
      let error = await #expect(throws: IntegrationError.self) {
        try await read(source, origin.path, at: origin.commits[1])
      }
      #expect(error?.kind == .notFound || error?.kind == .unavailable)
      try GitFixture.run("mv", origin.path + ".away", origin.path)
      #expect(try await read(source, origin.path, at: origin.commits[1]) != nil)
    }
  }

  @Test func `folders, submodules and large files are no configuration`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    let work = fixture.directory + "/work"
    try GitFixture.run("truncate", "-s", "100M", "large.yaml", at: work)
    try GitFixture.run("git", "add", "-A", at: work)
    try GitFixture.run(
      "git", "update-index", "--add", "--cacheinfo", "160000,\(origin.commits[0]),sub.yaml",
      at: work)
    try GitFixture.run("git", "commit", "-q", "-m", "hostile", at: work)
    let commit = try GitFixture.run("git", "rev-parse", "HEAD", at: work)
    try GitFixture.run("git", "push", "-q", origin.path, "main", at: work)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      for path in ["sub.yaml", "app"] {
        let file = try await source.firstFile(
          of: [path], commit: commit, repositoryURL: origin.path, maximumBytes: 1000)
        #expect(file == nil)
      }
      let error = await #expect(throws: IntegrationError.self) {
        try await source.firstFile(
          of: ["large.yaml"], commit: commit, repositoryURL: origin.path, maximumBytes: 1000)
      }
      #expect(error?.kind == .invalid)
    }
  }

  @Test func `a repository that is larger than allowed is refused`() async throws {
    let fixture = try GitFixture(maximumFileBytes: 1 << 20)
    let origin = try Origin(fixture, allowsFilter: false)
    let work = fixture.directory + "/work"
    try GitFixture.run("sh", "-c", "head -c 3000000 /dev/urandom > large", at: work)
    try GitFixture.run("git", "add", "-A", at: work)
    try GitFixture.run("git", "commit", "-q", "-m", "large", at: work)
    let commit = try GitFixture.run("git", "rev-parse", "HEAD", at: work)
    try GitFixture.run("git", "push", "-q", origin.path, "main", at: work)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let error = await #expect(throws: IntegrationError.self) {
        try await source.firstFile(
          of: [Self.file], commit: commit, repositoryURL: origin.path, maximumBytes: 1000)
      }
      #expect(error?.kind == .invalid)
      // The copy can be used again.
      let file = try await source.firstFile(
        of: [Self.file], commit: origin.commits[0], repositoryURL: origin.path, maximumBytes: 1000)
      #expect(file != nil)
    }
  }

  @Test func `hooks of a copy are not run, and a damaged copy is begun anew`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      _ = try await read(source, origin.path, at: origin.commits[0])
      let key = try RepositoryURL(origin.path, allowsFiles: true).key
      let copy = fixture.directory + "/data/git/source-\(key)"
      let hook = "#!/bin/sh\ntouch \(fixture.directory)/hooked\n"
      try GitFixture.run("mkdir", "-p", copy + "/hooks")
      for name in ["reference-transaction", "post-checkout", "pre-auto-gc"] {
        try GitFixture.run("tee", "\(copy)/hooks/\(name)", input: hook)
        try GitFixture.run("chmod", "+x", "\(copy)/hooks/\(name)")
      }
      #expect(try await read(source, origin.path, at: origin.commits[1]) != nil)
      #expect(!FileManager.default.fileExists(atPath: fixture.directory + "/hooked"))
      try GitFixture.run("sh", "-c", "echo garbage > \"$0\"/shallow", copy)
      #expect(try await read(source, origin.path, at: origin.commits[2]) != nil)
      try GitFixture.run(
        "sh", "-c", "for f in \"$0\"/objects/pack/*.pack; do echo x > $f; done", copy)
      #expect(try await read(source, origin.path, at: origin.commits[2]) != nil)
    }
  }

  @Test func `copies that nobody asks for are removed`() async throws {
    let fixture = try GitFixture(retention: .seconds(3600))
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      #expect(try await read(source, origin.path, at: origin.commits[0]) != nil)
      let key = try RepositoryURL(origin.path, allowsFiles: true).key
      let copy = fixture.directory + "/data/git/source-\(key)"
      await fixture.git.reapCaches()
      #expect(FileManager.default.fileExists(atPath: copy))
      try GitFixture.run("touch", "-d", "2 hours ago", copy + "/trackd-used")
      await fixture.git.reapCaches()
      #expect(!FileManager.default.fileExists(atPath: copy))
      #expect(try await read(source, origin.path, at: origin.commits[0]) != nil)
    }
  }

  @Test func `a caller that leaves, or a call that takes too long, costs no copy`() async throws {
    let fixture = try GitFixture(networkTime: .seconds(2))
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let url = "git@host:\(origin.path)"
      #expect(try await read(source, url, at: origin.commits[0]) != nil)
      try fixture.ssh.set("slow")
      let calls = try fixture.ssh.log().count
      let leaving = Task { _ = try await read(source, url, at: origin.commits[1]) }
      while try fixture.ssh.log().count == calls { try await Task.sleep(for: .milliseconds(5)) }
      // Files that a killed git leaves.
      let key = try RepositoryURL(url, allowsFiles: false).key
      let leftovers = ["shallow.lock", "objects/pack/tmp_pack_1"].map {
        "\(fixture.git.cacheDirectory)/source-\(key)/\($0)"
      }
      for path in leftovers { #expect(GitFiles().touch(path)) }
      leaving.cancel()
      await #expect(throws: IntegrationError.self) { try await leaving.value }
      #expect(leftovers.filter { GitFiles().isThere($0) } == [])
      await #expect(throws: IntegrationError.self) {
        try await read(source, url, at: origin.commits[1])
      }
      // Reading a commit that was fetched before asks no host.
      let more = try fixture.ssh.log().count
      #expect(try await read(source, url, at: origin.commits[0]) != nil)
      #expect(try fixture.ssh.log().count == more)
      try fixture.ssh.clear("slow")
      // The host is asked again after the pause.
      fixture.clock.advance(.seconds(10))
      #expect(try await read(source, url, at: origin.commits[1]) != nil)
    }
  }

  @Test func `a server that does not answer is left in time, with all that was started`()
    async throws
  {
    let fixture = try GitFixture(networkTime: .seconds(1))
    let origin = try Origin(fixture)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let url = "git@host:\(origin.path)"
      try fixture.ssh.set("slow")
      for revision in [SourceRevision.branch("main"), .commit(origin.commits[0])] {
        let error = await #expect(throws: IntegrationError.self) {
          try await source.resolve(revision, repositoryURL: url)
        }
        #expect(error?.kind == .unavailable)
        // Until the host is asked again.
        fixture.clock.advance(.seconds(10))
      }
      try fixture.ssh.clear("slow")
      #expect(
        try await source.resolve(.commit(origin.commits[0]), repositoryURL: url)
          == origin.commits[0])
    }
  }
}

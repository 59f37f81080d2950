import EventLoop
import Testing
import TrackDomain

@testable import TrackGit

/// Uses real repositories on this machine.
@Suite(.timeLimit(.minutes(2))) struct SourceHistoryTests {
  /// A repository with `base`; on it, `left` (the branch `main`) and `right` (of a deleted branch);
  /// and `other`, which has no history in common with them. All commits have the same time.
  private struct Origin {
    let path: String
    let work: String
    let base, left, right, other: String

    init(_ fixture: GitFixture, allowsFilter: Bool = true, allowsAny: Bool = true) throws {
      path = try fixture.bareRepository("origin.git")
      work = fixture.directory + "/work"
      try GitFixture.run("git", "init", "-q", "-b", "main", work)
      base = try Self.commit(work, "base")
      left = try Self.commit(work, "left")
      try GitFixture.run("git", "checkout", "-q", "-b", "right", base, at: work)
      right = try Self.commit(work, "right")
      try GitFixture.run("git", "checkout", "-q", "--orphan", "other", at: work)
      other = try Self.commit(work, "other")
      try GitFixture.run("git", "push", "-q", path, "main", "right", "other", at: work)
      try GitFixture.run("git", "push", "-q", path, ":right", at: work)
      for (name, value) in [
        ("uploadpack.allowFilter", allowsFilter), ("uploadpack.allowAnySHA1InWant", allowsAny),
      ] { try GitFixture.run("git", "-C", path, "config", name, "\(value)") }
    }

    static func commit(_ work: String, _ name: String) throws -> String {
      try GitFixture.run("tee", name, at: work, input: "\(name)\n")
      try GitFixture.run("git", "add", "-A", at: work)
      try GitFixture.run(
        "env", "GIT_COMMITTER_DATE=@1790000000 +0000", "GIT_AUTHOR_DATE=@1790000000 +0000", "git",
        "commit", "-q", "-m", name, at: work)
      return try GitFixture.run("git", "rev-parse", "HEAD", at: work)
    }

    func pair(_ commit: String, _ other: String) -> CommitPair {
      CommitPair(commit, comparedWith: other)
    }
  }

  @Test(arguments: [true, false])
  func `commits of one second are told apart by the history`(_ allowsFilter: Bool) async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture, allowsFilter: allowsFilter)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let wanted: [CommitPair: Ancestry] = [
        origin.pair(origin.base, origin.left): .ancestor,
        origin.pair(origin.left, origin.base): .descendant,
        origin.pair(origin.left, origin.other): .diverged,
        // A commit that is on no branch any more.
        origin.pair(origin.left, origin.right): .diverged,
        origin.pair(origin.right, origin.base): .descendant,
      ]
      let unknown = String(repeating: "1", count: 40)
      let asked =
        Set(wanted.keys).union([
          origin.pair(origin.left, unknown), origin.pair(unknown, origin.left),
          origin.pair("main", origin.left), origin.pair(origin.left, "--help"),
          origin.pair(origin.left, String(repeating: "a", count: 64)),
        ])
      for _ in 0..<2 {
        let found = try await source.ancestries(of: asked, repositoryURL: origin.path)
        #expect(found == wanted)
      }
      // A commit that is pushed later is found later.
      try GitFixture.run("git", "checkout", "-q", "main", at: origin.work)
      let next = try Origin.commit(origin.work, "next")
      let pair = origin.pair(next, origin.base)
      #expect(try await source.ancestries(of: [pair], repositoryURL: origin.path).isEmpty)
      try GitFixture.run("git", "push", "-q", origin.path, "main", at: origin.work)
      #expect(
        try await source.ancestries(of: [pair], repositoryURL: origin.path) == [pair: .descendant])
    }
  }

  @Test func `what is known is told without the server`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    let pair = origin.pair(origin.base, origin.left)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      _ = try await source.ancestries(of: [pair], repositoryURL: origin.path)
      try GitFixture.run("mv", origin.path, origin.path + ".away")
      #expect(
        try await source.ancestries(of: [pair], repositoryURL: origin.path) == [pair: .ancestor])
      await #expect(throws: IntegrationError.self) {
        try await source.ancestries(
          of: [origin.pair(origin.base, String(repeating: "1", count: 40))],
          repositoryURL: origin.path)
      }
    }
  }

  @Test func `only the history comes, and it counts as a copy`() async throws {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try GitFixture.run("git", "checkout", "-q", "main", at: origin.work)
    try GitFixture.run("sh", "-c", "head -c 2000000 /dev/urandom > large", at: origin.work)
    let large = try Origin.commit(origin.work, "more")
    try GitFixture.run("git", "push", "-q", origin.path, "main", at: origin.work)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let pair = origin.pair(origin.base, large)
      #expect(
        try await source.ancestries(of: [pair], repositoryURL: origin.path) == [pair: .ancestor])
      #expect((1...300_000).contains(fixture.git.caches.total))
      #expect(fixture.git.caches.names.map { $0.prefix(8) } == ["history-"])
    }
  }

  @Test func `a repository that hangs is left alone, and its first call is the only one`()
    async throws
  {
    let fixture = try GitFixture()
    let origin = try Origin(fixture)
    try fixture.ssh.set("slow")
    let clock = ClockInHand()
    let source = CachingSourceRepository(GitSourceRepository(fixture.git), now: { clock.now })
    try await fixture.run { () async throws in
      let run = Task { await source.run() }
      let pairs: Set<CommitPair> = [origin.pair(origin.base, origin.left)]
      let url = "git@host:\(origin.path)"
      let first = Task { try await source.ancestries(of: pairs, repositoryURL: url) }
      while try fixture.ssh.log().isEmpty { try await Task.sleep(for: .milliseconds(5)) }
      first.cancel()
      await #expect(throws: IntegrationError.self) { try await first.value }
      clock.advance(seconds: 4)
      for _ in 0..<10 {
        await #expect(throws: IntegrationError(.unavailable, "has not answered yet")) {
          try await source.ancestries(of: pairs, repositoryURL: url)
        }
      }
      #expect(try fixture.ssh.log().count == 1)
      run.cancel()
      await run.value
    }
  }
}

import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// The size of all copies of repositories, and which of them are removed.
@Suite(.timeLimit(.minutes(2))) struct GitCacheSizeTests {
  /// Makes a repository with 3 MB of files besides `a.yaml`. Returns its path and its commit.
  private func origin(
    _ fixture: GitFixture, _ name: String, allowsFilter: Bool
  ) throws -> (path: String, commit: String) {
    let path = try fixture.bareRepository(name)
    let work = "\(fixture.directory)/work-\(name)"
    try GitFixture.run("git", "init", "-q", "-b", "main", work)
    try GitFixture.run(
      "sh", "-c", "for i in 1 2 3 4 5 6; do head -c 500000 /dev/urandom > $i; done", at: work)
    try GitFixture.run("tee", "a.yaml", at: work, input: "of: \(name)\n")
    try GitFixture.run("git", "add", "-A", at: work)
    try GitFixture.run("git", "commit", "-q", "-m", name, at: work)
    try GitFixture.run("git", "push", "-q", path, "main", at: work)
    try GitFixture.run("git", "-C", path, "config", "uploadpack.allowFilter", "\(allowsFilter)")
    return (path, try GitFixture.run("git", "rev-parse", "HEAD", at: work))
  }

  private func read(_ git: Git, _ origin: (path: String, commit: String)) async throws -> String? {
    let file = try await GitSourceRepository(git).firstFile(
      of: ["a.yaml"], commit: origin.commit, repositoryURL: origin.path, maximumBytes: 100)
    return file.map { String(decoding: $0.content, as: UTF8.self) }
  }

  private func name(_ origin: (path: String, commit: String)) throws -> String {
    "source-\(try RepositoryURL(origin.path, allowsFiles: true).key)"
  }

  @Test(arguments: [true, false])
  func `one file of a large repository is all that comes, where the server can`(
    _ allowsFilter: Bool
  ) async throws {
    let fixture = try GitFixture()
    let origin = try origin(fixture, "origin.git", allowsFilter: allowsFilter)
    try await fixture.run { () async throws in
      #expect(try await read(fixture.git, origin) == "of: origin.git\n")
      let total = fixture.git.caches.total
      #expect(allowsFilter ? total < 200_000 : total > 3_000_000, "\(total)")
      #expect(
        total
          == GitFiles().bytes(of: "\(fixture.git.cacheDirectory)/\(try name(origin))"))
    }
  }

  @Test func `the copies that were used least recently make room, but none that is in use`()
    async throws
  {
    let fixture = try GitFixture(cacheBytes: 7_500_000)
    let origins = try ["a.git", "b.git", "c.git", "d.git"].map {
      try origin(fixture, $0, allowsFilter: false)
    }
    let git = fixture.git
    try await fixture.run { () async throws in
      for origin in [origins[0], origins[1], origins[0]] { _ = try await read(git, origin) }
      #expect(try git.caches.names == [name(origins[1]), name(origins[0])])
      _ = try await read(git, origins[2])
      #expect(try git.caches.names == [name(origins[0]), name(origins[2])])
      #expect(git.caches.total <= 7_500_000)
      // The copy that was used least recently is in use now.
      try await git.cache(try name(origins[0])).gate.withTurn { () throws(IntegrationError) in
        do { _ = try await read(git, origins[3]) } catch { throw GitFailure.error(error) }
      }
      #expect(try git.caches.names == [name(origins[0]), name(origins[3])])
      let there = GitFiles().names(in: git.cacheDirectory).filter { $0 != "home" }
      #expect(Set(there) == Set(git.caches.names))
      // A removed copy is made again.
      #expect(try await read(git, origins[1]) == "of: b.git\n")
      // Memory has no more copies than the disk.
      await git.reapCaches()
      #expect(git.caches.count == git.caches.names.count)
    }
  }

  @Test func `a repository that is larger than all may be is read, and does not stay`()
    async throws
  {
    let fixture = try GitFixture(cacheBytes: 1_000_000)
    let origin = try origin(fixture, "origin.git", allowsFilter: false)
    try await fixture.run { () async throws in
      for _ in 0..<2 { #expect(try await read(fixture.git, origin) == "of: origin.git\n") }
      #expect(fixture.git.caches.total == 0 && fixture.git.caches.names.isEmpty)
      #expect(GitFiles().names(in: fixture.git.cacheDirectory) == ["home"])
      await fixture.git.reapCaches()
      #expect(fixture.git.caches.count == 0)
    }
  }

  @Test func `what the process before has left counts from the start`() async throws {
    let fixture = try GitFixture(cacheBytes: 3_000_000)
    let git = fixture.git
    try await fixture.run { () async throws in
      for (index, name) in ["old", "older", "new"].enumerated() {
        let path = "\(git.cacheDirectory)/\(name)"
        try GitFixture.run("mkdir", path)
        try GitFixture.run("sh", "-c", "head -c 1200000 /dev/zero > large", at: path)
        try GitFixture.run(
          "touch", "-d", "\([20, 30, 10][index]) minutes ago", GitCache.mark(in: path))
      }
      await git.reapCaches()
      #expect(git.caches.names == ["old", "new"])
      #expect((2_400_000...3_000_000).contains(git.caches.total))
      #expect(Set(GitFiles().names(in: git.cacheDirectory)) == ["home", "old", "new"])
      #expect(git.caches.count == 2)
    }
  }

  @Test(arguments: [(0, ["a", "b", "c"]), (-1, ["b", "c"])] as [(Int64, [String])])
  func `as much as allowed stays, and what is more does not`(
    _ more: Int64, _ left: [String]
  ) async throws {
    // Room for three directories, each with its mark and one more file of a block.
    let fixture = try GitFixture(cacheBytes: 3 * 3 * GitFiles.blockBytes + more)
    let git = fixture.git
    try await fixture.run { () async throws in
      for (minutes, name) in [(3, "a"), (2, "b"), (1, "c")] {
        let path = "\(git.cacheDirectory)/\(name)"
        try GitFixture.run("mkdir", path)
        try GitFixture.run("touch", "\(path)/file")
        try GitFixture.run("touch", "-d", "\(minutes) minutes ago", GitCache.mark(in: path))
      }
      await git.reapCaches()
      #expect(git.caches.names == left)
      #expect(git.caches.total == Int64(left.count) * 3 * GitFiles.blockBytes)
    }
  }

  @Test(arguments: [200, 201])
  func `a copy of too many packs is begun anew`(_ packs: Int) async throws {
    let fixture = try GitFixture()
    let origin = try origin(fixture, "origin.git", allowsFilter: true)
    try await fixture.run { () async throws in
      _ = try await read(fixture.git, origin)
      let folder = "\(fixture.git.cacheDirectory)/\(try name(origin))/objects/pack"
      let files = GitFiles()
      let there = files.names(in: folder).count { $0.hasSuffix(".pack") }
      #expect(there > 0)
      for number in there..<packs { #expect(files.touch("\(folder)/made-up-\(number).pack")) }
      _ = try await read(fixture.git, origin)
      let isAnew = !files.names(in: folder).contains { $0.hasPrefix("made-up") }
      #expect(isAnew == (packs > 200))
    }
  }

  @Test func `a copy that somebody has in hand is the same one for all`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let copy = fixture.git.cache("a")
      _ = fixture.git.cache("b")
      fixture.git.caches.forgetGone()
      #expect(fixture.git.caches.count == 1 && fixture.git.cache("a") === copy)
    }
  }

  @Test func `a copy counts as long as it is there, though who removes it leaves`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let copy = fixture.git.cache("a")
      _ = try await copy.prepare()
      await copy.measure()
      let leaving = Task {
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        await copy.remove()
      }
      await leaving.value
      #expect(fixture.git.caches.total == GitFiles().bytes(of: copy.path))
      await copy.remove()
      #expect(fixture.git.caches.total == 0 && !GitFiles().isThere(copy.path))
    }
  }

  @Test func `a file that is too large does not come`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository("origin.git")
    let work = "\(fixture.directory)/work"
    try GitFixture.run("git", "init", "-q", "-b", "main", work)
    try GitFixture.run("sh", "-c", "head -c 5000000 /dev/urandom > large.yaml", at: work)
    try GitFixture.run("sh", "-c", "head -c 1001 /dev/zero > long.yaml", at: work)
    try GitFixture.run("sh", "-c", "head -c 1000 /dev/zero > fits.yaml", at: work)
    try GitFixture.run("git", "add", "-A", at: work)
    try GitFixture.run("git", "commit", "-q", "-m", "large", at: work)
    try GitFixture.run("git", "push", "-q", path, "main", at: work)
    try GitFixture.run("git", "-C", path, "config", "uploadpack.allowFilter", "true")
    let commit = try GitFixture.run("git", "rev-parse", "HEAD", at: work)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      func read(_ name: String) async throws -> SourceFile? {
        try await source.firstFile(
          of: [name], commit: commit, repositoryURL: path, maximumBytes: 1000)
      }
      for name in ["large.yaml", "long.yaml"] {
        let error = await #expect(throws: IntegrationError.self) { try await read(name) }
        #expect(error?.kind == .invalid)
      }
      #expect(try await read("fits.yaml")?.content.count == 1000)
      #expect(fixture.git.caches.total < 1_000_000)
    }
  }

  @Test func `a copy that somebody has removed is made again`() async throws {
    let fixture = try GitFixture()
    let origin = try origin(fixture, "origin.git", allowsFilter: true)
    try await fixture.run { () async throws in
      for _ in 0..<2 {
        #expect(try await read(fixture.git, origin) == "of: origin.git\n")
        try GitFixture.run("rm", "-r", "\(fixture.git.cacheDirectory)/\(try name(origin))")
      }
      await fixture.git.reapCaches()
      #expect(fixture.git.caches.total == 0)
    }
  }
}

/// The ledger alone.
@Suite(.timeLimit(.minutes(2))) struct CacheLedgerTests {
  @Test func `adds up what was measured, and forgets what is gone`() {
    var ledger = CacheLedger()
    ledger.used("a", at: 1)
    #expect(ledger.total == 0 && ledger.isUnmeasured("a") && !ledger.isUnmeasured("b"))
    ledger.measured("a", bytes: 10)
    ledger.used("b", at: 2)
    ledger.measured("b", bytes: 5)
    #expect(ledger.total == 15 && !ledger.isUnmeasured("a"))
    ledger.measured("a", bytes: 3)
    #expect(ledger.total == 8)
    ledger.measured("a", bytes: 0)
    #expect(ledger.total == 5 && ledger.names == ["b"] && ledger.lastUse("a") == nil)
    // It was never used, so it does not exist.
    ledger.measured("c", bytes: 7)
    #expect(ledger.total == 5)
  }

  @Test func `the least recently used is first, and a clock that is set back changes nothing`() {
    var ledger = CacheLedger()
    for (name, time) in [("b", 2), ("a", 2), ("c", 1)] as [(String, Int64)] {
      ledger.used(name, at: time)
    }
    #expect(ledger.names == ["c", "a", "b"])
    ledger.used("c", at: 3)
    ledger.used("b", at: -5)
    #expect(ledger.names == ["a", "b", "c"] && ledger.lastUse("b") == 2)
  }

  @Test func `a sum that is too large is the largest`() {
    var ledger = CacheLedger()
    for name in ["a", "b"] {
      ledger.used(name, at: 0)
      ledger.measured(name, bytes: .max)
    }
    #expect(ledger.total == .max)
  }
}

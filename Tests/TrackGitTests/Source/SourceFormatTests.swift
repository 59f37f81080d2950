import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Repositories of components that name their objects by SHA-256.
@Suite(.timeLimit(.minutes(2))) struct SourceFormatTests {
  private static let file = ".choreo/component.yaml"
  private static let unknown = [40, 64].map { String(repeating: "1", count: $0) }

  /// Makes three commits of the file, and returns them, the oldest first.
  private static func commits(
    _ fixture: GitFixture, _ format: String, at path: String
  ) throws -> [String] {
    let work = fixture.directory + "/work-\(format)"
    try GitFixture.run(
      "git", "init", "-q", "--bare", "-b", "main", "--object-format=\(format)", path)
    try GitFixture.run("git", "-C", path, "config", "uploadpack.allowFilter", "true")
    try GitFixture.run("git", "init", "-q", "-b", "main", "--object-format=\(format)", work)
    try GitFixture.run("mkdir", ".choreo", at: work)
    var commits: [String] = []
    for number in 1...3 {
      try GitFixture.run("tee", Self.file, at: work, input: "\(number)")
      try GitFixture.run("git", "add", "-A", at: work)
      try GitFixture.run("git", "commit", "-q", "-m", "Change \(number)", at: work)
      commits.append(try GitFixture.run("git", "rev-parse", "HEAD", at: work))
    }
    try GitFixture.run("git", "push", "-q", path, "main", at: work)
    return commits
  }

  @Test func `they are read as others are`() async throws {
    let fixture = try GitFixture()
    let url = fixture.directory + "/origin.git"
    let commits = try Self.commits(fixture, "sha256", at: url)
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      for revision in [
        SourceRevision.branch("main"), .commit(commits[2]), .commit(String(commits[2].prefix(9))),
        .commit(String(commits[2].prefix(50))),
      ] {
        #expect(try await source.resolve(revision, repositoryURL: url) == commits[2])
      }
      let file = try await source.firstFile(
        of: [Self.file], commit: commits[0], repositoryURL: url, maximumBytes: 100)
      #expect(file?.content == Array("1".utf8))
      let infos = try await source.commits(commits + Self.unknown, repositoryURL: url)
      #expect(
        infos.mapValues(\.message) == [
          commits[0]: "Change 1", commits[1]: "Change 2", commits[2]: "Change 3",
        ])
      let pairs = [
        CommitPair(commits[0], comparedWith: commits[2]),
        CommitPair(commits[2], comparedWith: commits[1]),
      ]
      let odd = CommitPair(commits[0], comparedWith: Self.unknown[0])
      #expect(
        try await source.ancestries(of: Set(pairs + [odd]), repositoryURL: url)
          == [pairs[0]: .ancestor, pairs[1]: .descendant])
    }
  }

  @Test(arguments: ["sha1", "sha256"], [false, true])
  func `what is named otherwise, or not there, is not found, and does no harm`(
    format: String, isEmpty: Bool
  ) async throws {
    let fixture = try GitFixture()
    let url = fixture.directory + "/origin.git"
    let commits = try Self.commits(fixture, format, at: url)
    if isEmpty {
      try GitFixture.run("git", "-C", url, "update-ref", "-d", "refs/heads/main")
      try GitFixture.run("git", "-C", url, "gc", "-q", "--prune=now")
    }
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      for _ in 0..<2 {
        for name in Self.unknown + ["1111111", String(repeating: "1", count: 41)] {
          let error = await #expect(throws: IntegrationError.self) {
            try await source.resolve(.commit(name), repositoryURL: url)
          }
          #expect(error?.kind == .notFound, "\(name): \(String(describing: error))")
        }
        let infos = try await source.commits(Self.unknown, repositoryURL: url)
        #expect(infos.isEmpty)
      }
      let error = await #expect(throws: IntegrationError.self) {
        try await source.resolve(.branch(isEmpty ? "main" : "other"), repositoryURL: url)
      }
      #expect(error?.kind == .notFound)
      if !isEmpty {
        #expect(try await source.resolve(.commit(commits[0]), repositoryURL: url) == commits[0])
      }
      // Finding out that a repository has the other format is no failure.
      #expect(fixture.events.all.isEmpty, "\(fixture.events.all)")
    }
  }
}

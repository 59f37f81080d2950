import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Repositories that name their objects by SHA-256.
@Suite(.timeLimit(.minutes(2))) struct GitOpsFormatTests {
  private static func repository(
    _ fixture: GitFixture, _ format: String, isEmpty: Bool
  ) throws -> String {
    let path = "\(fixture.directory)/gitops.git"
    try GitFixture.run(
      "git", "init", "-q", "--bare", "-b", "main", "--object-format=\(format)", path)
    if !isEmpty { _ = try push("README", to: path, fixture) }
    return path
  }

  /// Commits a file on top of the branch, and returns the commit. Does not clone, because a clone
  /// of an empty repository would use SHA-1.
  private static func push(_ name: String, to path: String, _ fixture: GitFixture) throws -> String
  {
    let work = "\(fixture.directory)/work-\(name)"
    let format = try GitFixture.run("git", "-C", path, "rev-parse", "--show-object-format")
    try GitFixture.run("git", "init", "-q", "-b", "main", "--object-format=\(format)", work)
    _ = try? GitFixture.run("git", "pull", "-q", path, "main", at: work)
    try GitFixture.run("touch", name, at: work)
    try GitFixture.run("git", "add", "-A", at: work)
    try GitFixture.run("git", "commit", "-q", "-m", "Add \(name)", at: work)
    try GitFixture.run("git", "push", "-q", path, "HEAD:main", at: work)
    return try GitFixture.run("git", "rev-parse", "HEAD", at: work)
  }

  private static func deploy(
    _ deployer: GitOpsDeployer, _ number: Int, _ url: String
  ) async throws -> String {
    let order = OrderFixture.order(number, repository: url)
    let outcomes = await deployer.deploy([order]) { hashes in #expect(hashes.count == 1) }
    return try #require(try outcomes[order.deployment.id]?.get()).gitopsHash
  }

  @Test(arguments: [false, true], [false, true])
  func `commits come upon what is there, and into what is empty`(
    isEmpty: Bool, isRemote: Bool
  ) async throws {
    let fixture = try GitFixture()
    let path = try Self.repository(fixture, "sha256", isEmpty: isEmpty)
    let url = isRemote ? "git@git.example:\(path)" : path
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      var hashes: [String] = []
      for number in 1...2 { hashes.append(try await Self.deploy(deployer, number, url)) }
      #expect(hashes.map(\.utf8.count) == [64, 64])
      #expect(try GitFixture.run("git", "-C", path, "rev-parse", "main") == hashes[1])
      _ = try Self.push("theirs", to: path, fixture)
      hashes.append(try await Self.deploy(deployer, 3, url))
      #expect(
        try GitFixture.run("git", "-C", path, "rev-list", "--count", "main")
          == (isEmpty ? "4" : "5"))
      try GitFixture.run("git", "-C", path, "fsck", "--strict")
      await deployer.shutdown()
    }
  }

  @Test func `what was published is found after a restart, with the copy and without`()
    async throws
  {
    let fixture = try GitFixture()
    let path = try Self.repository(fixture, "sha256", isEmpty: true)
    let url = "git@git.example:\(path)"
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let hash = try await Self.deploy(deployer, 1, url)
      await deployer.shutdown()
      let calls = try fixture.ssh.log().count
      let order = OrderFixture.order(1, repository: url)
      let next = GitOpsDeployer(fixture.git)
      #expect(try await next.receipt(of: order, gitopsHash: hash)?.gitopsHash == hash)
      // The copy has the right format already.
      #expect(try fixture.ssh.log().count == calls + 1)
      await next.shutdown()
      let other = try GitFixture()
      try await other.run { () async throws in
        let elsewhere = GitOpsDeployer(other.git)
        #expect(try await elsewhere.receipt(of: order, gitopsHash: hash)?.gitopsHash == hash)
        await elsewhere.shutdown()
      }
    }
  }

  @Test(arguments: [false, true])
  func `a repository that is made anew may be of the other format`(isEmpty: Bool) async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      for (number, format) in ["sha1", "sha256", "sha1"].enumerated() {
        let path = try Self.repository(fixture, format, isEmpty: isEmpty || number == 0)
        let hash = try await Self.deploy(deployer, number, "git@git.example:\(path)")
        #expect(hash.utf8.count == (format == "sha1" ? 40 : 64))
        #expect(try GitFixture.run("git", "-C", path, "rev-parse", "main") == hash)
        try GitFixture.run("sh", "-c", "rm -rf gitops.git work-*", at: fixture.directory)
      }
      await deployer.shutdown()
    }
  }
}

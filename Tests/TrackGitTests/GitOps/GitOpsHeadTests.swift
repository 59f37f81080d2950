import Testing
import TrackDomain

@testable import TrackGit

/// The branch of an environment that names none.
@Suite(.timeLimit(.minutes(2))) struct GitOpsHeadTests {
  private let fixture: GitFixture
  private let path: String

  init() throws {
    fixture = try GitFixture()
    path = try fixture.bareRepository()
  }

  /// Finds the branch. Returns it or the error.
  private func branch(isRemote: Bool) async throws -> Result<String, IntegrationError> {
    let repository = isRemote ? "git@git.example:\(path)" : path
    let order = OrderFixture.order(1, repository: repository, branch: "")
    return try await fixture.run { () async in
      let deployer = GitOpsDeployer(fixture.git)
      do throws(IntegrationError) {
        let place = try await deployer.place(of: order.environment)
        let outcome = await deployer.deploy([order]) { _ in }[order.deployment.id]
        await deployer.shutdown()
        _ = try outcome?.get()
        return .success(place?.branch ?? "")
      } catch {
        await deployer.shutdown()
        return .failure(error)
      }
    }
  }

  private func branches() throws -> [String] {
    try GitFixture.run("git", "-C", path, "for-each-ref", "--format=%(refname)", "refs/heads")
      .split(separator: "\n").map(String.init)
  }

  @Test(arguments: [true, false])
  func `the one that HEAD names is, and no other is made`(_ isRemote: Bool) async throws {
    try fixture.change(path, "echo a > README")
    try GitFixture.run("git", "-C", path, "branch", "-m", "main", "deploy/live")
    try GitFixture.run("git", "-C", path, "branch", "other", "deploy/live")
    #expect(try await branch(isRemote: isRemote) == .success("deploy/live"))
    #expect(try branches() == ["refs/heads/deploy/live", "refs/heads/other"])
    #expect(
      try GitFixture.run("git", "-C", path, "rev-list", "--count", "deploy/live") == "2")
  }

  @Test(arguments: [true, false])
  func `main is in an empty repository, whatever its HEAD`(_ isRemote: Bool) async throws {
    try GitFixture.run("git", "-C", path, "symbolic-ref", "HEAD", "refs/heads/master")
    #expect(try await branch(isRemote: isRemote) == .success("main"))
    #expect(try branches() == ["refs/heads/main"])
  }

  @Test(arguments: [true, false])
  func `main is if HEAD leads nowhere and main is there`(_ isRemote: Bool) async throws {
    try fixture.change(path, "echo a > README")
    try GitFixture.run("git", "-C", path, "branch", "other", "main")
    try GitFixture.run("git", "-C", path, "symbolic-ref", "HEAD", "refs/heads/nowhere")
    #expect(try await branch(isRemote: isRemote) == .success("main"))
  }

  @Test(arguments: [true, false])
  func `nobody guesses between others, and they are named`(_ isRemote: Bool) async throws {
    try fixture.change(path, "echo a > README")
    try GitFixture.run("git", "-C", path, "branch", "-m", "main", "one")
    try GitFixture.run("git", "-C", path, "branch", "two", "one")
    try GitFixture.run("git", "-C", path, "symbolic-ref", "HEAD", "refs/heads/nowhere")
    let error = try await branch(isRemote: isRemote).failure
    #expect(error?.kind == .invalid)
    #expect(error?.message.contains("(one, two)") == true)
    #expect(try branches() == ["refs/heads/one", "refs/heads/two"])
  }

  @Test func `a branch that is named is not asked for`() async throws {
    try await fixture.run { () async throws in
      try fixture.ssh.set("dead", "")
      let order = OrderFixture.order(1, repository: "git@git.example:\(path)", branch: "x")
      let deployer = GitOpsDeployer(fixture.git)
      let place = try await deployer.place(of: order.environment)
      #expect(place == order.environment.place)
      #expect(try fixture.ssh.log().isEmpty)
      await deployer.shutdown()
    }
  }
}

import Testing
import TrackDomain

@testable import TrackGit

/// Deployments and deletions beside other programs' files in the repository.
@Suite(.timeLimit(.minutes(2))) struct GitOpsForeignFilesTests {
  private let fixture: GitFixture
  /// A bare repository; the tests reach it by its path, and as a remote.
  private let path: String

  init() throws {
    fixture = try GitFixture()
    path = try fixture.bareRepository()
  }

  /// The path of the first order's manifest.
  private static let file: String =
    "clusters/dev/orders/\(OrderFixture.order(1).track.id)/dev.yaml"

  private func order(_ number: Int = 1, isRemote: Bool, path: String = "clusters/dev")
    -> DeploymentOrder
  {
    OrderFixture.order(
      number, repository: isRemote ? "git@git.example:\(self.path)" : self.path, path: path)
  }

  private func tree() throws -> String {
    try GitFixture.run("git", "-C", path, "ls-tree", "-r", "main")
  }

  private func content() throws -> String {
    try GitFixture.run("git", "-C", path, "show", "main:\(Self.file)")
  }

  private func deploy(_ orders: [DeploymentOrder]) async throws -> [IntegrationError?] {
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let outcomes = await deployer.deploy(orders) { _ in }
      await deployer.shutdown()
      return orders.map { outcomes[$0.deployment.id]?.failure }
    }
  }

  // MARK: Files in the way

  @Test(
    arguments: [
      ("echo mine > clusters", "clusters"),
      ("mkdir -p clusters real; ln -s ../real clusters/dev", "clusters/dev"),
      ("mkdir -p clusters/dev; echo mine > clusters/dev/orders", "clusters/dev/orders"),
      ("mkdir clusters; git update-index --add --cacheinfo 160000,$HASH,clusters", "clusters"),
      ("mkdir -p $(dirname $FILE); echo 'kind: Deployment' > $FILE", "$FILE"),
      ("mkdir -p $FILE; echo mine > $FILE/inside", "$FILE"),
      ("mkdir -p $(dirname $FILE); ln -s elsewhere $FILE", "$FILE"),
      ("mkdir -p $FILE; git update-index --add --cacheinfo 160000,$HASH,$FILE", "$FILE"),
      // The manifest of another track.
      (
        """
        mkdir -p $(dirname $FILE); printf 'trackd/deployment: "a"\\ntrackd/component: "orders"\\n\
        trackd/track: "another"\\ntrackd/environment: "dev"\\n' > $FILE
        """, "$FILE"
      ),
    ] as [(String, String)], [true, false])
  func `what is somebody else's fails the deployment at once, is named, and stays`(
    _ obstacle: (script: String, path: String), _ isRemote: Bool
  ) async throws {
    let hash = String(repeating: "1", count: 40)
    try fixture.change(path, "FILE=\(Self.file); HASH=\(hash); \(obstacle.script)")
    let before = try tree()
    // The other order has a folder of its own.
    let orders = [
      order(isRemote: isRemote), order(2, isRemote: isRemote, path: "elsewhere"),
    ]
    let errors = try await deploy(orders)
    #expect(errors[0]?.kind == .refused)
    let path = obstacle.path.replacing("$FILE", with: Self.file)
    #expect(errors[0]?.message.contains("'\(path)'") == true, "\(errors[0]?.message ?? "")")
    #expect(errors[1] == nil)
    let after = try tree().split(separator: "\n").filter { !$0.contains("elsewhere/") }
    #expect(after.joined(separator: "\n") == before)
  }

  @Test func `a folder that is shared is no obstacle, nor are its other files`() async throws {
    try fixture.change(path, "mkdir -p clusters/dev/orders; echo mine > clusters/dev/orders/README")
    #expect(try await deploy([order(isRemote: false)]) == [nil])
    #expect(try tree().split(separator: "\n").count == 2)
  }

  // MARK: Own manifests, changed by hand

  @Test(arguments: [true, false])
  func `changes by hand are discarded, and the commit and the log say so`(
    _ isRemote: Bool
  ) async throws {
    #expect(try await deploy([order(isRemote: isRemote)]) == [nil])
    try fixture.change(path, "sed -i 's/app:1.2/app:hacked/' \(Self.file)")
    var next = order(isRemote: isRemote)
    next.deployment.id = OrderFixture.uuid(77)
    let again = try GitFixture()
    try await again.run { () async throws in
      let deployer = GitOpsDeployer(again.git)
      #expect(await deployer.deploy([next]) { _ in }[next.deployment.id]?.failure == nil)
      await deployer.shutdown()
    }
    #expect(try content() + "\n" == String(decoding: Manifest(next).render(), as: UTF8.self))
    let message = try GitFixture.run("git", "-C", path, "log", "-1", "--format=%B", "main")
    #expect(message.contains("discards changes that were made by hand in \(Self.file)."))
    #expect(message.contains("\n\nTrackd-Deployment: \(next.deployment.id)\n"))
    let repository = next.environment.gitopsRepositoryURL
    #expect(
      again.events.all == [.overwrote(path: Self.file, branch: "main", repository: repository)])
  }

  @Test(arguments: [
    // As yq and kustomize rewrite it.
    "sed -i -e 's/\"//g' -e '/^#/d' -e 's/^/  /' $FILE",
    "sed -i -e \"s/\\\"/'/g\" $FILE",
    // As a trackd with another database writes it.
    "sed -i 's#trackd/deployment: .*#trackd/deployment: \"another\"#' $FILE",
  ])
  func `a manifest is known by what it names, however it is written`(
    _ script: String
  ) async throws {
    #expect(try await deploy([order(isRemote: false)]) == [nil])
    try fixture.change(path, "FILE=\(Self.file); \(script)")
    var next = order(isRemote: false)
    next.deployment.id = OrderFixture.uuid(77)
    #expect(try await redeploy(next) == nil)
    #expect(try content().contains("trackd/deployment: \"\(next.deployment.id)\""))
  }

  /// Deploys the order again, with the `Git` of another process.
  private func redeploy(_ order: DeploymentOrder) async throws -> IntegrationError? {
    let other = try GitFixture()
    return try await other.run { () async throws in
      let deployer = GitOpsDeployer(other.git)
      let outcome = await deployer.deploy([order]) { _ in }[order.deployment.id]
      await deployer.shutdown()
      return outcome?.failure
    }
  }

  @Test func `manifests of trackd 0_1_0 are overwritten without a word`() async throws {
    #expect(try await deploy([order(isRemote: false)]) == [nil])
    try fixture.change(path, "sed -i '/^# checksum/d' \(Self.file)")
    var next = order(isRemote: false)
    next.deployment.id = OrderFixture.uuid(77)
    #expect(try await redeploy(next) == nil)
    let message = try GitFixture.run("git", "-C", path, "log", "-1", "--format=%B", "main")
    #expect(!message.contains("by hand"))
  }

  // MARK: Removal

  @Test(arguments: [
    "echo mine > $FILE", "rm $FILE; ln -s ../elsewhere $FILE",
    "rm $FILE; mkdir $FILE; echo a > $FILE/b",
    "rm -r clusters; echo mine > clusters",
  ])
  func `the end of a track takes nothing that is somebody else's`(_ script: String) async throws {
    let other = order(2, isRemote: false, path: "elsewhere")
    let mine = order(isRemote: false)
    #expect(try await deploy([mine, other]) == [nil, nil])
    try fixture.change(path, "FILE=\(Self.file); \(script)")
    let before = try tree()
    let again = try GitFixture()
    try await again.run { () async throws in
      let deployer = GitOpsDeployer(again.git)
      #expect(await deployer.withdraw(Withdrawal(mine)) { _ in false }.isEmpty)
      await deployer.shutdown()
    }
    #expect(try tree() == before)
  }

  @Test(arguments: [true, false])
  func `what is found to be wanted stays, with the others gone`(_ isKept: Bool) async throws {
    let mine = order(isRemote: false)
    #expect(try await deploy([mine]) == [nil])
    let again = try GitFixture()
    let asked = Counter()
    try await again.run { () async throws in
      let deployer = GitOpsDeployer(again.git)
      let failures = await deployer.withdraw(Withdrawal(mine)) { id in
        #expect(id == mine.deployment.id)
        _ = asked.next()
        return isKept
      }
      #expect(failures.isEmpty && asked.value == 1)
      struct Unknown: Error {}
      let unknown = await deployer.withdraw(Withdrawal(mine)) { _ in throw Unknown() }
      #expect(unknown.values.map(\.kind) == (isKept ? [.unavailable] : []))
      await deployer.shutdown()
    }
    #expect(try tree().isEmpty == !isKept)
  }

  @Test(arguments: [true, false])
  func `a repository that went away is not taken for an empty one`(_ isRemote: Bool) async throws {
    let mine = order(isRemote: isRemote)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      #expect(await deployer.deploy([mine]) { _ in }[mine.deployment.id]?.failure == nil)
      // While the processes and the remembered state exist.
      try GitFixture.run("mv", path, path + ".away")
      let failures = await deployer.withdraw(Withdrawal(mine)) { _ in false }
      #expect(failures.values.map(\.kind) == [.notFound])
      try GitFixture.run("mv", path + ".away", path)
      #expect(await deployer.withdraw(Withdrawal(mine)) { _ in false }.isEmpty)
      await deployer.shutdown()
    }
    #expect(try tree().isEmpty)
  }
}

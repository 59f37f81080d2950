import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Uses real repositories on this machine.
@Suite(.timeLimit(.minutes(2))) struct GitOpsDeployerTests {
  private struct Failure: Error {}

  @Test func `the embedded repository is made with the first deployment`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(1)
      let announced = Announced()
      let outcomes = await deployer.deploy([order]) { announced.add($0) }
      let hash = try #require(try outcomes[order.deployment.id]?.get()).gitopsHash
      #expect(announced.all == [[order.deployment.id: hash]])
      let repository = fixture.directory + "/data/gitops.git"
      #expect(try GitFixture.run("git", "-C", repository, "rev-parse", "main") == hash)
      let path = "main:clusters/dev/orders/\(order.track.id)/dev.yaml"
      let file = try GitFixture.run("git", "-C", repository, "show", path)
      #expect(file + "\n" == String(decoding: Manifest(order).render(), as: UTF8.self))
      await deployer.shutdown()
    }
  }

  @Test func `commits that a new process makes at once are no others' over again`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let hashes = try await fixture.git.blocking {
        let session = GitOpsSession(fixture.git, repository: path, workshop: nil)
        return try (0..<5).map { _ in
          defer { session.close() }
          let commit = GitOpsCommit(
            id: "1", message: "m", edits: [.init(path: "a", owner: .sample, content: [0x78])])
          return try session.make([commit], onto: nil)
        }
      }
      #expect(Set(hashes).count == 5)
    }
  }

  @Test func `environments share a lane with those of their repository only`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let lanes = ["", "/a.git", "/b.git"].map { repository in
        ["main", "other"].map { branch in
          deployer.lane(
            of: OrderFixture.order(1, repository: repository, branch: branch).environment)
        }
      }
      #expect(lanes.allSatisfy { Set($0).count == 1 })
      #expect(Set(lanes).count == 3)
    }
  }

  @Test func `a batch is a commit for each, upon each other, with trailers`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      for round in 0..<3 {
        let orders = (0..<20).map {
          OrderFixture.order(
            $0, id: OrderFixture.uuid(10_000 + round * 100 + $0), repository: path, path: "")
        }
        let outcomes = await deployer.deploy(orders) { _ in }
        #expect(outcomes.count == 20)
        #expect(outcomes.values.allSatisfy { (try? $0.get()) != nil })
      }
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "60")
      #expect(
        try GitFixture.run(
          "git", "-C", path, "log", "-1",
          "--format=%s|%(trailers:key=Trackd-Deployment,valueonly,separator=%x2C)"
            + "|%(trailers:key=Trackd-Actor,valueonly,separator=%x2C)", "main")
          == "Deploy orders v1.2 in Development|\(OrderFixture.uuid(10_219))|ada")
      _ = try GitFixture.run("git", "-C", path, "fsck", "--strict")
      await deployer.shutdown()
    }
  }

  @Test func `what is published is not published again, whoever asks`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let first = OrderFixture.order(1, repository: path)
      let second = OrderFixture.order(2, repository: path)
      let deployer = GitOpsDeployer(fixture.git)
      let hash = try await deployer.deploy([first]) { _ in }[first.deployment.id]?.get().gitopsHash
      await deployer.shutdown()
      let other = GitOpsDeployer(fixture.git)
      let announced = Announced()
      let outcomes = await other.deploy([first, second]) { announced.add($0) }
      #expect(try outcomes[first.deployment.id]?.get().gitopsHash == hash)
      #expect(announced.all.map { Array($0.keys) } == [[second.deployment.id]])
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "2")
      // The receipt names its own commit, not a later one.
      #expect(try await other.receipt(of: first, gitopsHash: "")?.gitopsHash == hash)
      let again = await other.deploy([first]) { announced.add($0) }
      #expect(try again[first.deployment.id]?.get().gitopsHash == hash)
      #expect(announced.all.count == 1)
      await other.shutdown()
    }
  }

  @Test func `a deployment whose commit was overwritten is known by its recorded hash`()
    async throws
  {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      var order = OrderFixture.order(1, repository: path)
      let later = OrderFixture.order(1, id: OrderFixture.uuid(77), repository: path)
      let deployer = GitOpsDeployer(fixture.git)
      let hash = try #require(
        try await deployer.deploy([order]) { _ in }[order.deployment.id]?.get().gitopsHash)
      _ = await deployer.deploy([later]) { _ in }
      #expect(try await deployer.receipt(of: order, gitopsHash: hash)?.gitopsHash == hash)
      #expect(try await deployer.receipt(of: order, gitopsHash: "") == nil)
      order.deployment.gitopsHash = hash
      let again = await deployer.deploy([order]) { _ in }
      #expect(try again[order.deployment.id]?.get().gitopsHash == hash)
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "2")
      await deployer.shutdown()
    }
  }

  @Test func `when the announcement fails nothing is published`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let order = OrderFixture.order(1, repository: path)
      let deployer = GitOpsDeployer(fixture.git)
      let announced = Announced()
      let outcomes = await deployer.deploy([order]) {
        announced.add($0)
        throw Failure()
      }
      #expect(outcomes[order.deployment.id]?.failure?.kind == .unavailable)
      #expect(throws: GitFixtureError.self) {
        try GitFixture.run("git", "-C", path, "rev-parse", "--verify", "-q", "refs/heads/main")
      }
      let hash = try #require(announced.all.first?[order.deployment.id])
      #expect(try await deployer.receipt(of: order, gitopsHash: hash) == nil)
      let retried = await deployer.deploy([order]) { _ in }
      #expect(try retried[order.deployment.id]?.get() != nil)
      await deployer.shutdown()
    }
  }

  @Test func `a branch that moves in between is built upon, and announced anew`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let first = OrderFixture.order(1, repository: path)
      _ = await deployer.deploy([first]) { _ in }
      let order = OrderFixture.order(2, repository: path)
      let announced = Announced()
      let outcomes = await deployer.deploy([order]) { hashes in
        announced.add(hashes)
        if announced.all.count < 3 {
          // Another program's commit with the same files.
          let tree = try GitFixture.run("git", "-C", path, "rev-parse", "main^{tree}")
          let commit = try GitFixture.run(
            "git", "-C", path, "commit-tree", tree, "-p", "main", "-m", "theirs")
          try GitFixture.run("git", "-C", path, "update-ref", "refs/heads/main", commit)
        }
      }
      let hash = try outcomes[order.deployment.id]?.get().gitopsHash
      #expect(announced.all.count == 3)
      #expect(announced.all.last?[order.deployment.id] == hash)
      #expect(
        try GitFixture.run("git", "-C", path, "log", "--format=%s", "main").split(separator: "\n")
          .map { $0.prefix(6) } == ["Deploy", "theirs", "theirs", "Deploy"])
      await deployer.shutdown()
    }
  }

  @Test func `branches and paths are the environment's`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let orders = [
        OrderFixture.order(1, repository: path, branch: "release/x", path: "./a b/\"q\"\u{301}/ü/"),
        OrderFixture.order(2, repository: "file://" + path, branch: "other"),
      ]
      let outcomes = await deployer.deploy(orders) { _ in }
      #expect(outcomes.values.allSatisfy { (try? $0.get()) != nil })
      #expect(
        try GitFixture.run("git", "-C", path, "ls-tree", "-rz", "--name-only", "release/x")
          == "a b/\"q\"\u{301}/ü/orders/\(orders[0].track.id)/dev.yaml\0")
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "other") == "1")
      await deployer.shutdown()
    }
  }

  @Test(arguments: [
    ("/nowhere.git", "", "", IntegrationError.Kind.notFound),
    ("--upload-pack=touch /tmp/x", "", "", .invalid),
    ("ext::sh -c true", "", "", .invalid),
    ("", "a b", "", .invalid),
    ("", "-x", "", .invalid),
    ("", "", "a/.GIT/hooks", .invalid),
    ("", "", "../x", .invalid),
    // Names that only git takes for a parent folder, or for its own.
    ("", "", "../\u{301}x", .invalid),
    ("", "", "a/git~1", .invalid),
    ("", "", "a/.git. .", .invalid),
    ("", "", ".Git::$INDEX_ALLOCATION/x", .invalid),
    ("", "", "a\\.git", .invalid),
    ("", "", ".g\u{200C}it", .invalid),
    // A folder in the place of another track's manifest.
    ("", "", "clusters/dev/orders/1/dev.yaml", .invalid),
  ])
  func `an environment that cannot be is refused for itself`(
    _ repository: String, _ branch: String, _ path: String, _ kind: IntegrationError.Kind
  ) async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let bad = OrderFixture.order(1, repository: repository, branch: branch, path: path)
      let good = OrderFixture.order(2)
      let outcomes = await deployer.deploy([bad, good]) { _ in }
      #expect(outcomes[bad.deployment.id]?.failure?.kind == kind)
      #expect(try outcomes[good.deployment.id]?.get() != nil)
      await deployer.shutdown()
    }
  }

  @Test func `repositories of components that do not answer hold up no deployment`() async throws {
    let fixture = try GitFixture(networkTime: .seconds(600))
    try fixture.ssh.set("slow")
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let source = GitSourceRepository(fixture.git)
      try await withThrowingTaskGroup(of: Void.self) { group in
        // More commands than run at once for one host.
        for number in 0..<20 {
          group.addTask {
            _ = try? await source.resolve(.branch("main"), repositoryURL: "git@host:/\(number)")
          }
        }
        while try fixture.ssh.log().count < 2 { await Task.yield() }
        let order = OrderFixture.order(1)
        let outcomes = await deployer.deploy([order]) { _ in }
        #expect(try outcomes[order.deployment.id]?.get() != nil)
        group.cancelAll()
        try await group.waitForAll()
      }
      await deployer.shutdown()
    }
  }

  @Test func `a manifest that somebody made long is overwritten and removed all the same`()
    async throws
  {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    let order = OrderFixture.order(1, repository: path, path: "")
    let folder = "orders/\(order.track.id)"
    let work = fixture.directory + "/work"
    try GitFixture.run("git", "init", "-q", "-b", "main", work)
    try GitFixture.run("mkdir", "-p", folder, at: work)
    for name in ["dev", "prod"] {
      var order = order
      order.environment.id = name
      try GitFixture.run(
        "tee", "\(folder)/\(name).yaml", at: work,
        input: String(decoding: Manifest(order).render(), as: UTF8.self)
          .replacing(order.deployment.id, with: OrderFixture.uuid(8))
          + "# " + String(repeating: "x", count: 2 << 20))
    }
    try GitFixture.run("git", "add", "-A", at: work)
    try GitFixture.run("git", "commit", "-q", "-m", "Long", at: work)
    try GitFixture.run("git", "push", "-q", path, "main", at: work)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let outcomes = await deployer.deploy([order]) { _ in }
      #expect(try outcomes[order.deployment.id]?.get() != nil)
      var withdrawal = Withdrawal(order)
      withdrawal.places[0].environmentId = "prod"
      #expect(await deployer.withdraw(withdrawal) { _ in false }.isEmpty)
      #expect(
        try GitFixture.run("git", "-C", path, "ls-tree", "-r", "--name-only", "main")
          == "\(folder)/dev.yaml")
      #expect(
        try GitFixture.run("git", "-C", path, "show", "main:\(folder)/dev.yaml").count < 10_000)
      await deployer.shutdown()
    }
  }

  @Test func `others may be faster nineteen times, and no more`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = await deployer.deploy([OrderFixture.order(0, repository: path)]) { _ in }
      let theirs = try GitFixture.run(
        "git", "-C", path, "commit-tree", "main^{tree}", "-p", "main", "-m", "theirs")
      let ours = try GitFixture.run("git", "-C", path, "rev-parse", "main")
      for (number, times) in [(1, 19), (2, 20)] {
        let order = OrderFixture.order(number, repository: path)
        let announced = Announced()
        let outcomes = await deployer.deploy([order]) { hashes in
          announced.add(hashes)
          let count = announced.all.count
          if count <= times {
            // Moves back and forth, so that the branch is never where it was a moment ago.
            try GitFixture.run(
              "git", "-C", path, "update-ref", "refs/heads/main", count % 2 == 0 ? ours : theirs)
          }
        }
        #expect(announced.all.count == 20)
        let error = outcomes[order.deployment.id]?.failure
        #expect((error == nil) == (times == 19))
        if let error {
          #expect(error.kind == .unavailable && error.message.contains("'main' faster than"))
        }
      }
      await deployer.shutdown()
    }
  }

  @Test func `a repository with a work tree is refused`() async throws {
    let fixture = try GitFixture()
    let path = fixture.directory + "/work"
    try GitFixture.run("git", "init", "-q", path)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(1, repository: path + "/.git")
      let outcomes = await deployer.deploy([order]) { _ in }
      #expect(outcomes[order.deployment.id]?.failure?.kind == .invalid)
      await deployer.shutdown()
    }
  }

  @Test func `packs do not pile up, and what was packed is built upon`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      for round in 0..<120 {
        let order = OrderFixture.order(
          round % 7, id: OrderFixture.uuid(10_000 + round), repository: path)
        let outcomes = await deployer.deploy([order]) { _ in }
        #expect(try outcomes[order.deployment.id]?.get() != nil)
      }
      await deployer.shutdown()
      let packs = try FileManager.default.contentsOfDirectory(atPath: path + "/objects/pack")
      // Nor is the repository repacked each time.
      #expect((20..<60).contains(packs.count { $0.hasSuffix(".pack") }))
      #expect(packs.count { $0.hasSuffix(".keep") } == 0)
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "120")
      _ = try GitFixture.run("git", "-C", path, "fsck", "--strict")
    }
  }

  @Test func `deployments of two at once into one repository all arrive`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      try await withThrowingTaskGroup { group in
        for pusher in 0..<2 {
          let deployer = GitOpsDeployer(fixture.git)
          group.addTask { () async throws in
            for round in 0..<15 {
              let number = pusher * 1000 + round
              let order = OrderFixture.order(number, repository: path)
              let outcomes = await deployer.deploy([order]) { _ in }
              #expect(try outcomes[order.deployment.id]?.get() != nil)
            }
            await deployer.shutdown()
          }
        }
        try await group.waitForAll()
      }
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "30")
      #expect(
        try GitFixture.run("git", "-C", path, "ls-tree", "-r", "--name-only", "main")
          .split(separator: "\n").count == 30)
    }
  }

  @Test func `what processes that were killed left behind is in nobody's way`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let repository = fixture.directory + "/data/gitops.git"
      let first = GitOpsDeployer(fixture.git)
      _ = await first.deploy([OrderFixture.order(1)]) { _ in }
      await first.shutdown()
      let leftovers = [
        "refs/heads/main.lock", "objects/pack/pack-1.keep", "objects/pack/tmp_pack_1",
      ]
      for name in leftovers {
        try GitFixture.run("touch", "-d", "1 minute ago", "\(repository)/\(name)")
      }
      let second = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(2)
      let outcomes = await second.deploy([order]) { _ in }
      #expect(try outcomes[order.deployment.id]?.get() != nil)
      for name in leftovers {
        #expect(!FileManager.default.fileExists(atPath: "\(repository)/\(name)"))
      }
      await second.shutdown()
    }
  }

  @Test func `a repository that is lost while in use is made anew`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      for number in 0..<10 {
        let order = OrderFixture.order(number)
        let outcomes = await deployer.deploy([order]) { _ in }
        #expect(try outcomes[order.deployment.id]?.get() != nil)
        try GitFixture.run("rm", "-rf", fixture.directory + "/data/gitops.git")
      }
      await deployer.shutdown()
    }
  }

  @Test func `a track's manifests go in one commit, and once`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(1, repository: path)
      let other = OrderFixture.order(2, repository: path)
      var production = order
      production.environment.id = "prod"
      production.deployment.id = OrderFixture.uuid(5)
      _ = await deployer.deploy([order, other, production]) { _ in }
      var nowhere = Withdrawal(order)
      nowhere.places[0].place.branch = "nothing-there"
      #expect(await deployer.withdraw(nowhere) { _ in false }.isEmpty)
      let all = Withdrawal(order, and: [production])
      for _ in 0..<2 { #expect(await deployer.withdraw(all) { _ in false }.isEmpty) }
      #expect(
        try GitFixture.run("git", "-C", path, "ls-tree", "-r", "--name-only", "main")
          == "clusters/dev/orders/\(other.track.id)/dev.yaml")
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "4")
      #expect(
        try GitFixture.run(
          "git", "-C", path, "log", "-1", "--format=%(trailers:key=Trackd-Deletion,valueonly)",
          "main") == OrderFixture.uuid(9) + "\n")
      await deployer.shutdown()
    }
  }
}

extension Result {
  var failure: Failure? {
    if case .failure(let error) = self { return error }
    return nil
  }
}

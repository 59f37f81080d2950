import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Uses repositories that `git push` reaches.
@Suite(.timeLimit(.minutes(2))) struct GitOpsRemoteTests {
  private static func url(_ path: String) -> String { "git@git.example:\(path)" }

  private static func deploy(
    _ deployer: GitOpsDeployer, _ orders: [DeploymentOrder]
  ) async throws -> [String] {
    let outcomes = await deployer.deploy(orders) { _ in }
    return try orders.map { try #require(try outcomes[$0.deployment.id]?.get()).gitopsHash }
  }

  private static func count(_ path: String) throws -> String {
    try GitFixture.run("git", "-C", path, "rev-list", "--count", "main")
  }

  /// Commits and pushes once from another clone.
  private static func pushTheirs(_ path: String, _ clone: String, _ name: String) throws {
    if !FileManager.default.fileExists(atPath: clone) {
      try GitFixture.run("git", "clone", "-q", path, clone)
    }
    try GitFixture.run("git", "pull", "-q", "--rebase", "origin", "main", at: clone)
    try GitFixture.run("touch", name, at: clone)
    try GitFixture.run("git", "add", "-A", at: clone)
    try GitFixture.run("git", "commit", "-q", "-m", "theirs \(name)", at: clone)
    try GitFixture.run("git", "push", "-q", "origin", "HEAD:main", at: clone)
  }

  @Test func `a branch is made in an empty repository, then one push takes a batch`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      for round in 0..<3 {
        let orders = (0..<10).map {
          OrderFixture.order(
            $0, id: OrderFixture.uuid(10_000 + round * 100 + $0), repository: Self.url(path))
        }
        let hashes = try await Self.deploy(deployer, orders)
        #expect(try GitFixture.run("git", "-C", path, "rev-parse", "main") == hashes.last)
      }
      #expect(try Self.count(path) == "30")
      // One fetch at the beginning, and a push for each batch.
      let calls = try fixture.ssh.log()
      #expect(calls.count { $0.contains("git-upload-pack") } == 1)
      #expect(calls.count { $0.contains("git-receive-pack") } == 3)
      #expect(calls.allSatisfy { $0.contains("BatchMode=yes|") && $0.hasPrefix("-F|none|") })
      _ = try GitFixture.run("git", "-C", path, "fsck", "--strict")
      await deployer.shutdown()
    }
  }

  @Test func `of a long history only the end is fetched, and built upon`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let theirs = GitOpsDeployer(fixture.git)
      for number in 0..<5 {
        _ = try await Self.deploy(theirs, [OrderFixture.order(number, repository: path)])
      }
      await theirs.shutdown()
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(9, repository: Self.url(path))
      _ = try await Self.deploy(deployer, [order])
      #expect(try Self.count(path) == "6")
      let key = try RepositoryURL(Self.url(path), allowsFiles: false).key
      let copy = fixture.directory + "/data/git/gitops-\(key)"
      #expect(
        try GitFixture.run("git", "--git-dir", copy, "rev-list", "--count", "--all") == "2")
      await deployer.shutdown()
    }
  }

  @Test func `somebody else's push in between is built upon`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.deploy(deployer, [OrderFixture.order(1, repository: Self.url(path))])
      let orders = (2..<5).map { OrderFixture.order($0, repository: Self.url(path)) }
      let calls = Counter()
      let outcomes = await deployer.deploy(orders) { hashes in
        #expect(hashes.count == 3)
        if calls.next() <= 2 {
          try Self.pushTheirs(path, fixture.directory + "/clone", "file\(calls.value)")
        }
      }
      #expect(calls.value == 3)
      for order in orders { #expect(try outcomes[order.deployment.id]?.get() != nil) }
      #expect(try Self.count(path) == "6")
      #expect(
        try GitFixture.run("git", "-C", path, "log", "--format=%s", "-4", "main")
          .split(separator: "\n").last == "theirs file2")
      await deployer.shutdown()
    }
  }

  @Test func `independent pushers lose nothing`() async throws {
    let first = try GitFixture()
    let second = try GitFixture()
    let path = try first.bareRepository()
    try await first.run { () async throws in
      try await second.run { () async throws in
        _ = try await Self.deploy(
          GitOpsDeployer(first.git), [OrderFixture.order(0, repository: Self.url(path))])
        try await withThrowingTaskGroup { group in
          for (index, fixture) in [first, second].enumerated() {
            group.addTask { () async throws in
              let deployer = GitOpsDeployer(fixture.git)
              for round in 1...12 {
                let order = OrderFixture.order(
                  index * 1000 + round, repository: Self.url(path))
                _ = try await Self.deploy(deployer, [order])
              }
              await deployer.shutdown()
            }
          }
          group.addTask { () async throws in
            var pushed = 0
            while pushed < 5 {
              // Rejected when another push was first.
              do {
                try Self.pushTheirs(path, first.directory + "/clone", "file\(pushed)")
                pushed += 1
              } catch is GitFixtureError {
                _ = try? GitFixture.run(
                  "git", "reset", "-q", "--hard", "HEAD~1", at: first.directory + "/clone")
              }
            }
          }
          try await group.waitForAll()
        }
        #expect(try Self.count(path) == "30")
        #expect(
          try GitFixture.run("git", "-C", path, "ls-tree", "-r", "--name-only", "main")
            .split(separator: "\n").count == 30)
      }
    }
  }

  @Test func `a push whose answer got lost counts once`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.deploy(deployer, [OrderFixture.order(1, repository: Self.url(path))])
      try fixture.ssh.set("break")
      let order = OrderFixture.order(2, repository: Self.url(path))
      let hash = try await Self.deploy(deployer, [order])
      #expect(try GitFixture.run("git", "-C", path, "rev-parse", "main") == hash.first)
      #expect(try Self.count(path) == "2")
      await deployer.shutdown()
    }
  }

  @Test func `a push whose answer got lost counts once, whatever came upon it`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.deploy(deployer, [OrderFixture.order(1, repository: Self.url(path))])
      // Another commit undoes it at once, so that the files do not show it.
      try fixture.ssh.set(
        "after",
        """
        git -C '\(path)' update-ref refs/heads/main "$(git -C '\(path)' -c user.name=a \
          -c user.email=a@example.org commit-tree main~1^{tree} -p main -m theirs)"
        """)
      try fixture.ssh.set("break")
      let order = OrderFixture.order(2, repository: Self.url(path))
      let hash = try await Self.deploy(deployer, [order])
      #expect(try GitFixture.run("git", "-C", path, "rev-parse", "main~1") == hash.first)
      #expect(try Self.count(path) == "3")
      await deployer.shutdown()
    }
  }

  @Test func `pushes without an answer come to an end, with the words that there were`()
    async throws
  {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      try fixture.ssh.set("dead", "ERROR: the disks are on fire\n")
      let order = OrderFixture.order(2, repository: Self.url(path))
      let outcomes = await deployer.deploy([order]) { _ in }
      let error = outcomes[order.deployment.id]?.failure
      #expect(error?.kind == .unavailable && error?.retryAfter == nil)
      #expect(error?.message.hasSuffix(": the disks are on fire") == true)
      #expect(try fixture.ssh.log().count { $0.contains("git-receive-pack") } == 3)
      await deployer.shutdown()
    }
  }

  @Test func `what was published is found after a restart, with the copy and without`()
    async throws
  {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let order = OrderFixture.order(1, repository: Self.url(path))
      let overwritten = OrderFixture.order(2, repository: Self.url(path))
      let later = OrderFixture.order(2, id: OrderFixture.uuid(7), repository: Self.url(path))
      let deployer = GitOpsDeployer(fixture.git)
      let hashes = try await Self.deploy(deployer, [order, overwritten])
      _ = try await Self.deploy(deployer, [later])
      await deployer.shutdown()
      try Self.pushTheirs(path, fixture.directory + "/clone", "theirs")
      let next = GitOpsDeployer(fixture.git)
      #expect(
        try await next.receipt(of: overwritten, gitopsHash: hashes[1])?.gitopsHash == hashes[1])
      await next.shutdown()
      let other = try GitFixture()
      try await other.run { () async throws in
        let elsewhere = GitOpsDeployer(other.git)
        #expect(try await elsewhere.receipt(of: order, gitopsHash: hashes[0]) != nil)
        let never = OrderFixture.order(3, repository: Self.url(path))
        let none = GitHash.zero(like: hashes[0])
        #expect(try await elsewhere.receipt(of: never, gitopsHash: none) == nil)
        await elsewhere.shutdown()
      }
    }
  }

  @Test func `a receipt is looked for where the branch is now`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.deploy(deployer, [OrderFixture.order(1, repository: Self.url(path))])
      let elsewhere = OrderFixture.order(2, repository: path)
      let hash = try await Self.deploy(deployer, [elsewhere])[0]
      let order = OrderFixture.order(2, repository: Self.url(path))
      for recorded in [hash, ""] {
        let receipt = try await deployer.receipt(of: order, gitopsHash: recorded)
        #expect(receipt?.gitopsHash == hash)
      }
      await deployer.shutdown()
    }
  }

  @Test func `a server that refuses is not asked again`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try GitFixture.run("tee", path + "/hooks/pre-receive", input: "#!/bin/sh\nexit 1\n")
    try GitFixture.run("chmod", "+x", path + "/hooks/pre-receive")
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(1, repository: Self.url(path))
      let outcomes = await deployer.deploy([order]) { _ in }
      #expect(outcomes[order.deployment.id]?.failure?.kind == .refused)
      #expect(try fixture.ssh.log().count { $0.contains("git-receive-pack") } == 1)
      await deployer.shutdown()
    }
  }

  @Test func `a server that does not answer is left, and found again`() async throws {
    let fixture = try GitFixture(networkTime: .seconds(1))
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(1, repository: Self.url(path))
      try fixture.ssh.set("slow")
      let outcomes = await deployer.deploy([order]) { _ in }
      #expect(outcomes[order.deployment.id]?.failure?.kind == .unavailable)
      try fixture.ssh.clear("slow")
      // The host pauses: no command asks it.
      let calls = try fixture.ssh.log().count
      let again = await deployer.deploy([order]) { _ in }
      let retryAfter = try #require(again[order.deployment.id]?.failure?.retryAfter)
      #expect(retryAfter <= .seconds(2))
      #expect(try fixture.ssh.log().count == calls)
      fixture.clock.advance(retryAfter)
      _ = try await Self.deploy(deployer, [order])
      await deployer.shutdown()
    }
  }

  @Test func `a repository that is not there is not found`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(1, repository: Self.url("/nowhere.git"))
      let outcomes = await deployer.deploy([order]) { _ in }
      let error = outcomes[order.deployment.id]?.failure
      #expect(error?.kind == .notFound)
      #expect(error?.message.contains("nowhere") == false)
      await deployer.shutdown()
    }
  }

  @Test func `a damaged or lost copy is begun anew`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.deploy(deployer, [OrderFixture.order(1, repository: Self.url(path))])
      let key = try RepositoryURL(Self.url(path), allowsFiles: false).key
      let copy = fixture.directory + "/data/git/gitops-\(key)"
      try GitFixture.run("sh", "-c", "rm -rf \"$0\"/objects/*; mkdir \"$0\"/objects/pack", copy)
      let order = OrderFixture.order(2, repository: Self.url(path))
      _ = try await Self.deploy(deployer, [order])
      #expect(try Self.count(path) == "2")
      try GitFixture.run("touch", "-d", "3 hours ago", copy + "/trackd-used")
      await fixture.git.reapCaches()
      #expect(!FileManager.default.fileExists(atPath: copy))
      _ = try await Self.deploy(deployer, [OrderFixture.order(4, repository: Self.url(path))])
      try GitFixture.run("rm", "-rf", copy)
      _ = try await Self.deploy(deployer, [OrderFixture.order(3, repository: Self.url(path))])
      #expect(try Self.count(path) == "4")
      await deployer.shutdown()
    }
  }
}

/// Counts from any thread.
final class Counter: @unchecked Sendable {
  private let lock = Lock()
  private var count = 0
  var value: Int { lock.withLock { count } }
  func next() -> Int {
    lock.withLock {
      count += 1
      return count
    }
  }
}

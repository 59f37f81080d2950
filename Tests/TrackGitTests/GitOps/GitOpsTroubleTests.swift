import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Repositories with locks that stay, and with lost objects.
@Suite(.timeLimit(.minutes(2))) struct GitOpsTroubleTests {
  private static let advice = "trackd tries again"

  private static func url(_ path: String) -> String { "git@git.example:\(path)" }

  private static func outcome(
    _ deployer: GitOpsDeployer, _ order: DeploymentOrder
  ) async -> Result<DeploymentReceipt, IntegrationError>? {
    await deployer.deploy([order]) { _ in }[order.deployment.id]
  }

  /// A new deployment for the place of order 1.
  private static func again(_ number: Int, _ repository: String) -> DeploymentOrder {
    OrderFixture.order(1, id: OrderFixture.uuid(5000 + number), repository: repository)
  }

  private static func shell(_ script: String, at directory: String) throws {
    try GitFixture.run("sh", "-ec", script, at: directory)
  }

  private static func references(_ path: String) throws -> String {
    try GitFixture.run("git", "-C", path, "for-each-ref", "--format=%(refname)")
  }

  // MARK: Locks

  @Test func `a lock in somebody's repository is named, and stays`() async throws {
    let file = "refs/heads/main.lock"
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, path))?.get()
      try GitFixture.run("touch", "-d", "1 hour ago", "\(path)/\(file)")
      let error = await Self.outcome(deployer, Self.again(1, path))?.failure
      #expect(error?.kind == .locked)
      #expect(error?.message.contains("a lock is in the way, '\(file)'") == true)
      #expect(error?.message.contains("if no git process works there, remove that file") == true)
      #expect(error?.message.contains(fixture.directory) == false)
      // trackd must not remove this lock.
      try GitFixture.run("rm", "\(path)/\(file)")
      _ = try await Self.outcome(deployer, Self.again(1, path))?.get()
      await deployer.shutdown()
    }
  }

  @Test func `a lock that is there for a moment holds up nothing`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, path))?.get()
      let lock = "\(path)/refs/heads/main.lock"
      try GitFixture.run("touch", lock)
      let order = Self.again(1, path)
      let calls = Counter()
      let outcomes = await deployer.deploy([order]) { _ in
        if calls.next() == 4 { try GitFixture.run("rm", lock) }
      }
      #expect(try outcomes[order.deployment.id]?.get() != nil && calls.value == 4)
      await deployer.shutdown()
    }
  }

  @Test func `locks in trackd's own repository go, once nobody can need them`() async throws {
    let fixture = try GitFixture()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, ""))?.get()
      let lock = fixture.directory + "/data/gitops.git/refs/heads/main.lock"
      // Looks young, however slow the machine is.
      try GitFixture.run("touch", "-d", "1 hour", lock)
      let error = await Self.outcome(deployer, Self.again(1, ""))?.failure
      #expect(error?.kind == .locked)
      #expect(error?.message.contains("gitops.git in trackd's data folder") == true)
      #expect(error?.message.contains("trackd removes it") == true)
      try GitFixture.run("touch", "-d", "1 minute ago", lock)
      _ = try await Self.outcome(deployer, Self.again(1, ""))?.get()
      await deployer.shutdown()
    }
  }

  @Test func `a lock at the other end is named`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, Self.url(path)))?.get()
      try GitFixture.run("touch", "-d", "1 hour ago", "\(path)/refs/heads/main.lock")
      let fetches = try fixture.ssh.log().count
      let error = await Self.outcome(deployer, Self.again(1, Self.url(path)))?.failure
      #expect(error?.isTemporary == true)
      #expect(error?.message.contains("a lock is in the way, 'refs/heads/main.lock'") == true)
      #expect(error?.message.contains("its server has to remove it") == true)
      #expect(error?.message.contains(fixture.directory) == false)
      #expect(try fixture.ssh.log().count - fetches <= 45)
      try GitFixture.run("rm", "\(path)/refs/heads/main.lock")
      _ = try await Self.outcome(deployer, Self.again(1, Self.url(path)))?.get()
      await deployer.shutdown()
    }
  }

  // MARK: Copies

  @Test(
    arguments: ["shallow.lock", "packed-refs.lock", "refs/trackd/remote/main.lock", "HEAD.lock"],
    ["now", "1 minute ago"])
  func `a copy with locks of a fetch that was killed is begun anew`(
    _ file: String, _ age: String
  ) async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = Self.again(0, Self.url(path))
      let hash = try #require(try await Self.outcome(deployer, order)?.get()).gitopsHash
      let key = try RepositoryURL(Self.url(path), allowsFiles: false).key
      let lock = "\(fixture.directory)/data/git/gitops-\(key)/\(file)"
      for number in 1...2 {
        // Gives the next fetch something to fetch.
        try fixture.change(path, "touch theirs-\(number)")
        try GitFixture.run("touch", "-d", age, lock)
        if number == 1 {
          #expect(try await deployer.receipt(of: order, gitopsHash: hash)?.gitopsHash == hash)
        } else {
          _ = try await Self.outcome(deployer, Self.again(number, Self.url(path)))?.get()
        }
      }
      await deployer.shutdown()
    }
  }

  @Test func `a fetch that is killed costs nothing but another one`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, Self.url(path)))?.get()
      let key = try RepositoryURL(Self.url(path), allowsFiles: false).key
      let copy = "\(fixture.directory)/data/git/gitops-\(key)"
      let order = Self.again(1, Self.url(path))
      try fixture.change(path, "touch theirs")
      try fixture.ssh.set(
        "kill", "touch \(copy)/shallow.lock \(copy)/refs/trackd/remote/main.lock\n")
      let calls = Counter()
      let outcomes = await deployer.deploy([order]) { _ in
        // The first push finds the branch moved: trackd fetches again.
        if calls.next() == 1 { try fixture.change(path, "touch theirs-too") }
      }
      #expect(try outcomes[order.deployment.id]?.get() != nil)
      #expect(!FileManager.default.fileExists(atPath: fixture.ssh.directory + "/kill"))
      await deployer.shutdown()
    }
  }

  // MARK: Damage

  /// The lost objects, and a word of each error.
  private static let losses: [(what: String, words: String)] = [
    ("main", "the commit that branch 'main' names cannot be read"),
    ("main^{tree}", "tree"), ("main:clusters", "'clusters' cannot be read"),
    ("main:clusters/dev/orders", "'clusters/dev/orders' cannot be read"),
    ("main:\(manifest)", "'\(manifest)' cannot be read"),
  ]
  private static let manifest = "clusters/dev/orders/\(OrderFixture.uuid(1001))/dev.yaml"

  private static func unpack(_ path: String) throws {
    try shell(
      """
      mkdir ../packs; mv objects/pack/* ../packs
      for pack in ../packs/*.pack; do git unpack-objects -q <"$pack"; done
      """, at: path)
  }

  private static func lose(_ what: String, _ how: String, _ path: String) throws {
    try shell(
      """
      hash=$(git rev-parse '\(what)')
      file=objects/$(echo "$hash" | cut -c 1-2)/$(echo "$hash" | cut -c 3-)
      chmod u+w "$file"; \(how) "$file"
      """, at: path)
  }

  @Test(arguments: 0..<losses.count, ["rm -f", "truncate -s 0", "cp /bin/true"])
  func `what is lost of somebody's repository is told, and nothing is written over it`(
    _ index: Int, _ how: String
  ) async throws {
    let (what, words) = Self.losses[index]
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, path))?.get()
      await deployer.shutdown()
      try Self.unpack(path)
      let head = try GitFixture.run("git", "-C", path, "rev-parse", "main")
      let object = try GitFixture.run("git", "-C", path, "rev-parse", what)
      try Self.lose(what, how, path)
      let error = await Self.outcome(deployer, Self.again(1, path))?.failure
      #expect(error?.kind == .damaged, "\(String(describing: error))")
      let message = error?.message ?? ""
      #expect(message.contains(words) || message.contains(object), "\(message)")
      #expect(message.contains("the GitOps repository: something is damaged"), "\(message)")
      #expect(message.contains("git fsck") && message.contains(Self.advice))
      #expect(!message.contains(fixture.directory), "\(message)")
      #expect(try GitFixture.run("cat", "\(path)/refs/heads/main") == head)
      await deployer.shutdown()
    }
  }

  @Test(arguments: ["", "nonsense", "1111111111111111111111111111111111111111"])
  func `a reference that names nothing is damage, and no new branch`(_ text: String) async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, path))?.get()
      try GitFixture.run("tee", "\(path)/refs/heads/main", input: text)
      let error = await Self.outcome(deployer, Self.again(1, path))?.failure
      #expect(error?.kind == .damaged)
      #expect(error?.message.contains("main") == true, "\(error?.message ?? "")")
      #expect(try GitFixture.run("cat", "\(path)/refs/heads/main") == text)
      await deployer.shutdown()
    }
  }

  @Test func `damage at the other end is told`() async throws {
    for what in ["main", "main^{tree}"] {
      let fixture = try GitFixture()
      let path = try fixture.bareRepository()
      try await fixture.run { () async throws in
        let first = GitOpsDeployer(fixture.git)
        _ = try await Self.outcome(first, Self.again(0, path))?.get()
        await first.shutdown()
        try Self.unpack(path)
        try Self.lose(what, "rm -f", path)
        let deployer = GitOpsDeployer(fixture.git)
        let error = await Self.outcome(deployer, Self.again(1, Self.url(path)))?.failure
        #expect(error?.kind == .damaged, "\(String(describing: error))")
        #expect(error?.message.contains("the GitOps repository: ") == true)
        await deployer.shutdown()
      }
    }
  }

  // MARK: Leftovers

  @Test(arguments: [true, false])
  func `somebody's repository gets the branch, and nothing else`(_ isEmbedded: Bool) async throws {
    let fixture = try GitFixture()
    let path =
      isEmbedded
      ? fixture.directory + "/data/gitops.git" : try fixture.bareRepository()
    let repository = isEmbedded ? "" : path
    try await fixture.run { () async throws in
      let first = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(first, Self.again(0, repository))?.get()
      #expect(try Self.references(path) == "refs/heads/main")
      await first.shutdown()
      #expect(try Self.references(path) == "refs/heads/main")
      // As trackd 0.1.0 left it.
      try GitFixture.run("git", "-C", path, "update-ref", "refs/trackd/import", "main")
      let config = try GitFixture.run("cat", path + "/config")
      let next = GitOpsDeployer(fixture.git)
      for number in 1...3 {
        _ = try await Self.outcome(next, Self.again(number, repository))?.get()
        #expect(try Self.references(path) == "refs/heads/main")
      }
      await next.shutdown()
      #expect(try Self.references(path) == "refs/heads/main")
      #expect(try GitFixture.run("cat", path + "/config") == config)
      #expect(!FileManager.default.fileExists(atPath: path + "/objects/info/alternates"))
      #expect(try GitFixture.run("find", path, "-name", "*.keep", "-o", "-name", "*.lock") == "")
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "4")
      _ = try GitFixture.run("git", "-C", path, "fsck", "--strict")
    }
  }

  @Test func `workshops are no copies, and are not reaped`() async throws {
    let fixture = try GitFixture(retention: .seconds(0), cacheBytes: 1)
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = try await Self.outcome(deployer, Self.again(0, path))?.get()
      await fixture.git.reapCaches()
      _ = try await Self.outcome(deployer, Self.again(1, path))?.get()
      await deployer.shutdown()
    }
  }

  // MARK: Cancelled

  @Test func `what nobody waits for any more says so, and is nobody's fault`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      for repository in [path, Self.url(path), ""] {
        let order = Self.again(0, repository)
        let (begun, continuation) = AsyncStream<Void>.makeStream()
        let task = Task {
          await deployer.deploy([order]) { _ in
            continuation.finish()
            try await Task.sleep(for: .seconds(3600))
          }[order.deployment.id]?.failure
        }
        for await _ in begun {}
        task.cancel()
        #expect(await task.value == .cancelled)
        let late = Task {
          try? await Task.sleep(for: .seconds(3600))
          return await Self.outcome(deployer, order)?.failure
        }
        late.cancel()
        #expect(await late.value == .cancelled)
      }
      await deployer.shutdown()
    }
  }
}

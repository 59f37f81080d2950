import EventLoop
import Synchronization
import Testing
import TrackDomain

@testable import TrackGit

/// Uses real repositories that refuse pushes.
@Suite(.timeLimit(.minutes(2))) struct GitOpsRefusalTests {
  private static func url(_ path: String) -> String { "git@git.example:\(path)" }

  private static func setHook(_ script: String, in path: String) throws {
    try GitFixture.run("tee", path + "/hooks/pre-receive", input: "#!/bin/sh\n" + script)
    try GitFixture.run("chmod", "+x", path + "/hooks/pre-receive")
  }

  /// Makes the repository refuse pushes with certain commits, with a message as people write it.
  private static func refuse(_ ids: [String], in path: String) throws {
    try setHook(
      """
      read old new ref
      if git log --format=%B $new --not --all | grep -q -E '\(ids.joined(separator: "|"))'; then
        echo "================" >&2
        echo "one of these is not wanted" >&2
        printf 'ask \\033[1mada\\033[0m at https://ada:hunter2@wiki.example/\\n' >&2
        exit 1
      fi

      """, in: path)
  }

  private static func pushes(_ fixture: GitFixture) throws -> Int {
    try fixture.ssh.log().count { $0.contains("git-receive-pack") }
  }

  @Test(arguments: [[13], [0], [31], [4, 5, 29], Array(0..<32)])
  func `a hook that refuses some of a batch fails exactly these, in its own words`(
    _ guilty: [Int]
  ) async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    let orders = (0..<32).map { OrderFixture.order($0, repository: Self.url(path)) }
    try Self.refuse(guilty.map { orders[$0].deployment.id }, in: path)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let announced = Counter()
      let outcomes = await deployer.deploy(orders) { _ in _ = announced.next() }
      for (number, order) in orders.enumerated() {
        let outcome = outcomes[order.deployment.id]
        #expect((outcome?.failure != nil) == guilty.contains(number))
        guard let error = outcome?.failure else { continue }
        #expect(error.kind == .refused)
        #expect(
          error.message == "the GitOps repository refuses to move its branch: one of these is not "
            + "wanted ask ada at https://***@wiki.example/")
      }
      let published = (try? GitFixture.run("git", "-C", path, "rev-list", "--count", "main")) ?? "0"
      #expect(published == "\(32 - guilty.count)")
      // The halves are made upon the known commit, without another fetch.
      #expect(try fixture.ssh.log().count { $0.contains("git-upload-pack") } == 1)
      let pushes = try Self.pushes(fixture)
      #expect(pushes <= 1 + 2 * 5 * guilty.count && pushes <= 63 && announced.value == pushes)
      // The log has the message, without the password.
      let words = fixture.events.all.compactMap { event -> String? in
        if case .failed("push", "ssh://git.example:22", _, let words) = event { return words }
        return nil
      }
      #expect(words.allSatisfy { $0.contains("not wanted") && !$0.contains("hunter2") })
      #expect(words.count >= guilty.count)
      await deployer.shutdown()
    }
  }

  @Test func `a commit that the other end finds unsound fails alone`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try GitFixture.run("git", "-C", path, "config", "receive.fsckObjects", "true")
    try await fixture.run { () async throws in
      let url = try RepositoryURL(Self.url(path), allowsFiles: false)
      let repository = GitOpsRepository(fixture.git, .remote(url))
      let commits = (0..<32).map { number in
        // A folder in the place of a file that git reads.
        let folder = [7, 20].contains(number) ? ".gitmodules" : "folder"
        return GitOpsCommit(
          id: "\(number)", message: "m",
          edits: [.init(path: "a/\(folder)/\(number)", owner: .sample, content: [0x78])])
      }
      let outcomes = await repository.publish(commits, on: "main")
      for number in 0..<32 {
        let error = outcomes["\(number)"]?.failure
        #expect((error != nil) == [7, 20].contains(number), "\(number) \(error?.message ?? "")")
        if let error { #expect(error.message.contains("gitmodules"), "\(error.message)") }
      }
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "30")
      #expect(try Self.pushes(fixture) <= 21)
      _ = try GitFixture.run("git", "-C", path, "fsck", "--strict")
      await repository.close()
    }
  }

  @Test func `while halves are pushed, others' commits are built upon`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    let orders = (0..<8).map { OrderFixture.order($0, repository: Self.url(path)) }
    try Self.refuse([orders[3].deployment.id], in: path)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      _ = await deployer.deploy([OrderFixture.order(99, repository: Self.url(path))]) { _ in }
      let calls = Counter()
      let outcomes = await deployer.deploy(orders) { _ in
        guard calls.next() % 2 == 0 else { return }
        let commit = try GitFixture.run(
          "git", "-C", path, "commit-tree", "main^{tree}", "-p", "main", "-m", "theirs")
        try GitFixture.run("git", "-C", path, "update-ref", "refs/heads/main", commit)
      }
      #expect(outcomes.values.count { $0.failure != nil } == 1)
      #expect(outcomes[orders[3].deployment.id]?.failure?.kind == .refused)
      for order in orders where order.deployment.id != orders[3].deployment.id {
        let hash = try #require(try outcomes[order.deployment.id]?.get()).gitopsHash
        _ = try GitFixture.run("git", "-C", path, "merge-base", "--is-ancestor", hash, "main")
      }
      await deployer.shutdown()
    }
  }

  @Test func `a branch that takes nothing is not asked for each commit`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try Self.setHook("echo 'GL-HOOK-ERR: protected branch hook declined' >&2; exit 1\n", in: path)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let orders = (0..<8).map { OrderFixture.order($0, repository: Self.url(path)) }
      let outcomes = await deployer.deploy(orders) { _ in }
      #expect(outcomes.values.allSatisfy { $0.failure?.kind == .refused })
      #expect(try Self.pushes(fixture) == 1)
      // Nor is a branch that cannot exist beside the existing ones.
      try GitFixture.run("rm", path + "/hooks/pre-receive")
      _ = await deployer.deploy([orders[0]]) { _ in }
      for repository in [Self.url(path), path] {
        let below = OrderFixture.order(50, repository: repository, branch: "main/below")
        let error = await deployer.deploy([below]) { _ in }[below.deployment.id]?.failure
        #expect(error?.kind == .refused, "\(error?.message ?? "")")
      }
      await deployer.shutdown()
    }
  }

  @Test func `what is only so for now is tried again, and not in halves`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try Self.setHook("echo 'fatal: write error: No space left on device' >&2; exit 1\n", in: path)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let orders = (0..<8).map { OrderFixture.order($0, repository: Self.url(path)) }
      let outcomes = await deployer.deploy(orders) { _ in }
      for outcome in outcomes.values {
        #expect(outcome.failure?.kind == .unavailable)
        #expect(outcome.failure?.message.contains("No space left") == true)
      }
      #expect(try Self.pushes(fixture) == 1)
      await deployer.shutdown()
    }
  }

  @Test func `when the announcement of a half fails, what was published stays so`() async throws {
    struct Failure: Error {}
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    let orders = (0..<4).map { OrderFixture.order($0, repository: Self.url(path)) }
    try Self.refuse([orders[3].deployment.id], in: path)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let calls = Counter()
      let outcomes = await deployer.deploy(orders) { _ in
        if calls.next() == 3 { throw Failure() }
      }
      for (number, order) in orders.enumerated() {
        let kind = outcomes[order.deployment.id]?.failure?.kind
        #expect(kind == (number < 2 ? nil : .unavailable))
      }
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "2")
      await deployer.shutdown()
    }
  }

  @Test func `a commit over which git itself fails keeps none of the others`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let repository = GitOpsRepository(fixture.git, .local(path: path))
      let commits = (0..<9).map { number in
        GitOpsCommit(
          id: "\(number)", message: "m",
          // fast-import dies over an empty segment.
          edits: [
            .init(path: number == 4 ? "a//x" : "a/\(number)", owner: .sample, content: [0x78])
          ])
      }
      let outcomes = await repository.publish(commits, on: "main")
      for number in 0..<9 {
        #expect((outcomes["\(number)"]?.failure == nil) == (number != 4), "\(number)")
      }
      #expect(outcomes["4"]?.failure?.kind == .unavailable)
      #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "8")
      await repository.close()
    }
  }

  @Test(arguments: [
    "a\\b", "a\"b", "\\", "a\\\"b\\n", "a b", " a", "ü\u{301}", "a'b$(x)`", "-a", "a\\101",
  ])
  func `a path arrives as it is`(_ path: String) async throws {
    let fixture = try GitFixture()
    let bare = try fixture.bareRepository()
    try await fixture.run { () async throws in
      let repository = GitOpsRepository(fixture.git, .local(path: bare))
      var commit = GitOpsCommit(
        id: "1", message: "m",
        edits: [.init(path: "f/\(path)/x", owner: .sample, content: ManifestOwner.sampleFile)])
      _ = try await repository.publish([commit], on: "main")["1"]?.get()
      let names = { try GitFixture.run("git", "-C", bare, "ls-tree", "-rz", "--name-only", "main") }
      #expect(try names() == "f/\(path)/x\0")
      commit.id = "2"
      commit.edits[0].content = nil
      _ = try await repository.publish([commit], on: "main")["2"]?.get()
      #expect(try names() == "")
      await repository.close()
    }
  }

  @Test(arguments: 0..<4)
  func `a removal that one repository refuses is done in the others`(_ refusing: Int) async throws {
    let fixture = try GitFixture()
    let paths = try (0..<4).map { try fixture.bareRepository("\($0)") }
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      var orders = paths.map { OrderFixture.order(1, repository: Self.url($0)) }
      for index in orders.indices {
        orders[index].environment.id = "env-\(index)"
        orders[index].deployment.id = OrderFixture.uuid(index)
      }
      _ = await deployer.deploy(orders) { _ in }
      try Self.setHook("echo 'not now' >&2; exit 1\n", in: paths[refusing])
      var withdrawal = Withdrawal(orders[0], and: Array(orders.dropFirst()))
      // Nor does a place with an impossible path.
      var bad = withdrawal.places[0]
      bad.place.path = "../x"
      withdrawal.places.append(bad)
      let failures = await deployer.withdraw(withdrawal) { _ in false }
      #expect(failures.count == 2 && failures[bad]?.kind == .invalid)
      #expect(failures[withdrawal.places[refusing]]?.message.hasSuffix(": not now") == true)
      for (index, path) in paths.enumerated() {
        let files = try GitFixture.run("git", "-C", path, "ls-tree", "-r", "--name-only", "main")
        #expect(files.isEmpty == (index != refusing))
      }
      await deployer.shutdown()
    }
  }

  @Test func `a changed host key is told as such, and not tried again`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    try fixture.ssh.set(
      "say",
      """
      @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
      Offending ED25519 key in /secret/known_hosts:1
      Host key verification failed.
      """)
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let order = OrderFixture.order(1, repository: Self.url(path))
      let error = await deployer.deploy([order]) { _ in }[order.deployment.id]?.failure
      #expect(error?.kind == .accessDenied)
      #expect(error?.message.contains("key has changed") == true)
      #expect(error?.message.contains("/secret") == false)
      let told = fixture.events.all.contains {
        if case .failed("fetch", _, _, let words) = $0 { return words.contains("Offending") }
        return false
      }
      #expect(told)
      await deployer.shutdown()
    }
  }

  @Test func `no file is touched on an event loop, whatever goes wrong`() async throws {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    let loop = try EventLoop(name: "caller")
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let work = Task(executorPreference: loop) {
        for repository in [Self.url(path), "", path] {
          let order = OrderFixture.order(1, repository: repository)
          let outcomes = await deployer.deploy([order]) { _ in }
          #expect(try outcomes[order.deployment.id]?.get() != nil)
        }
        // A repository that is lost while in use, and a remote whose answer cannot be read.
        try GitFixture.run("rm", "-rf", fixture.directory + "/data/gitops.git")
        let embedded = OrderFixture.order(2)
        let outcomes = await deployer.deploy([embedded]) { _ in }
        #expect(try outcomes[embedded.deployment.id]?.get() != nil)
        try fixture.ssh.set("say", "fatal: protocol error: bad line length character")
        let order = OrderFixture.order(3, repository: Self.url(path))
        let failure = await deployer.deploy([order]) { _ in }[order.deployment.id]?.failure
        #expect(failure?.kind == .unavailable)
      }
      try await work.value
      await deployer.shutdown()
    }
    await loop.shutdown()
    #expect(GitFiles.madeOnLoops.load(ordering: .relaxed) == 0)
  }
}

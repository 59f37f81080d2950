import Testing
import TrackDomain

@testable import TrackGit

/// What another server has begun to publish is on the branch, or does not get there any more.
@Suite(.timeLimit(.minutes(2))) struct GitOpsSettlingTests {
  private struct LeaseIsLost: Error {}

  /// A repository that is reached by its path, or by `git push`.
  enum Reach: CaseIterable {
    case path
    case push

    func url(_ path: String) -> String { self == .path ? path : "git@git.example:\(path)" }
  }

  private static func log(_ path: String, _ format: String) throws -> [String] {
    try GitFixture.run("git", "-C", path, "log", "--format=\(format)", "main")
      .split(separator: "\n").map(String.init)
  }

  private static func receipt(
    _ settled: [String: Result<DeploymentReceipt?, IntegrationError>], _ id: String
  ) throws -> DeploymentReceipt? { try #require(settled[id]).get() }

  /// Two servers with a repository that has one deployment.
  private func with(
    _ reach: Reach, isEmpty: Bool = false,
    _ body: (String, GitOpsDeployer, GitOpsDeployer) async throws -> Void
  ) async throws {
    let (fixture, other) = (try GitFixture(), try GitFixture())
    let path = try fixture.bareRepository()
    try await fixture.run { () async throws in
      try await other.run { () async throws in
        let first = GitOpsDeployer(fixture.git)
        let second = GitOpsDeployer(other.git)
        if !isEmpty {
          let order = OrderFixture.order(1, repository: reach.url(path))
          _ = try await first.deploy([order]) { _ in }[order.deployment.id]?.get()
        }
        try await body(path, first, second)
        await first.shutdown()
        await second.shutdown()
      }
    }
  }

  @Test(arguments: Reach.allCases, [false, true])
  func `a push that was begun before is refused afterwards`(
    reach: Reach, isEmpty: Bool
  ) async throws {
    try await with(reach, isEmpty: isEmpty) { (path, first, second) async throws in
      var order = OrderFixture.order(2, repository: reach.url(path))
      let (id, announced) = (order.deployment.id, Announced())
      let outcomes = await first.deploy([order]) { [order] hashes in
        announced.add(hashes)
        // It would begin anew upon the branch as it is now; but the other server has its lease.
        if announced.all.count > 1 { throw LeaseIsLost() }
        var begun = order
        begun.deployment.gitopsHash = hashes[id] ?? ""
        let settled = await second.settle([begun], epoch: 7)
        #expect(try Self.receipt(settled, id) == nil)
      }
      #expect(outcomes[id]?.failure?.kind == .unavailable)
      #expect(announced.all.count == 2)
      let messages = try Self.log(path, "%B")
      #expect(messages.contains("Trackd-Epoch: 7"))
      #expect(messages.contains("Trackd-Settled: \(id)"))
      #expect(!messages.contains("Trackd-Deployment: \(id)"))
      #expect(try Self.log(path, "%H").count == (isEmpty ? 1 : 2))
      // Asked again, it is as certain, and can be published by whoever has the lease.
      order.deployment.gitopsHash = announced.all[0][id] ?? ""
      #expect(try Self.receipt(await second.settle([order], epoch: 8), id) == nil)
      #expect(try await second.deploy([order]) { _ in }[id]?.get() != nil)
      #expect(try Self.log(path, "%B").contains("Trackd-Deployment: \(id)"))
    }
  }

  @Test(arguments: Reach.allCases)
  func `what has arrived is found, whatever came after it`(reach: Reach) async throws {
    try await with(reach) { (path, first, second) async throws in
      var order = OrderFixture.order(2, repository: reach.url(path))
      let id = order.deployment.id
      let hash = try #require(try await first.deploy([order]) { _ in }[id]?.get()).gitopsHash
      let later = OrderFixture.order(2, id: OrderFixture.uuid(77), repository: reach.url(path))
      _ = try await first.deploy([later]) { _ in }[later.deployment.id]?.get()
      let count = try Self.log(path, "%H").count
      // With the hash that was recorded, and by its trailer where there is none.
      for recorded in [hash, "", GitHash.zero(like: hash)] {
        order.deployment.gitopsHash = recorded
        let settled = await second.settle([order], epoch: 1)
        #expect(try Self.receipt(settled, id) == DeploymentReceipt(gitopsHash: hash))
      }
      #expect(try Self.log(path, "%H").count == count)
    }
  }

  @Test func `one empty commit settles a batch`() async throws {
    try await with(.push) { (path, _, second) async throws in
      let orders = (2..<12).map { OrderFixture.order($0, repository: Reach.push.url(path)) }
      let settled = await second.settle(orders, epoch: 3)
      for order in orders {
        #expect(try Self.receipt(settled, order.deployment.id) == nil)
      }
      #expect(try Self.log(path, "%s").count == 2)
      #expect(try Self.log(path, "%B").count { $0.hasPrefix("Trackd-Settled: ") } == 10)
    }
  }

  @Test func `a repository that takes no commit of ours says so`() async throws {
    try await with(.push) { (path, _, second) async throws in
      try GitFixture.run("tee", path + "/hooks/pre-receive", input: "#!/bin/sh\nexit 1\n")
      try GitFixture.run("chmod", "+x", path + "/hooks/pre-receive")
      let order = OrderFixture.order(2, repository: Reach.push.url(path))
      let settled = await second.settle([order], epoch: 3)
      #expect(settled[order.deployment.id]?.failure?.kind == .refused)
    }
  }

  @Test func `a removal that was begun before is refused afterwards`() async throws {
    try await with(.push) { (path, first, second) async throws in
      let order = OrderFixture.order(1, repository: Reach.push.url(path))
      let announced = Announced()
      let withdrawal = Withdrawal(order)
      let failures = await first.withdraw(withdrawal, unless: { _ in false }) { hash in
        announced.add(["": hash])
        if announced.all.count > 1 { throw LeaseIsLost() }
        #expect(await second.settle(withdrawal, hash: hash, epoch: 2).isEmpty)
      }
      #expect(failures.values.map(\.kind) == [.unavailable])
      #expect(announced.all.count == 2)
      #expect(try Self.log(path, "%B").contains("Trackd-Epoch: 2"))
      #expect(
        try GitFixture.run("git", "-C", path, "ls-tree", "-r", "--name-only", "main")
          .contains(order.track.id))
      // Nothing is left to settle once it is removed.
      #expect(await second.withdraw(withdrawal) { _ in false }.isEmpty)
      let count = try Self.log(path, "%H").count
      #expect(await second.settle(withdrawal, hash: "", epoch: 3).isEmpty)
      #expect(try Self.log(path, "%H").count == count)
    }
  }
}

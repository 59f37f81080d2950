import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct CancelDeploymentTests {
  @Test func `ends what waits`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      let cancelled = try await shop.cancel(deployment)
      #expect(cancelled.state == .cancelled)
      #expect(try await shop.now(deployment).state == .cancelled)
      #expect(try await shop.operation(deployment) == nil)
      await expectRefusal(.deploymentEnded, .failedPrecondition) {
        try await shop.cancel(deployment)
      }
    }
  }

  @Test func `finds deployments of the track only`() async throws {
    try await Shop.with { (shop) async throws in
      var deployment = try await shop.deploy(try await shop.image("a"))
      let other = try await shop.fixture.create("shop", "v2.0", branch: "next")
      deployment.trackId = other.id
      let foreign = deployment
      await expectRefusal(.deploymentNotFound, .notFound) { try await shop.cancel(foreign) }
      await expectRefusal(.deploymentNotFound, .notFound) { try await shop.now(foreign) }
    }
  }

  @Test func `stops what is in progress and not published, and tells release management`()
    async throws
  {
    try await Shop.with { (shop) async throws in
      let executor = shop.fixture.execute()
      shop.world.hold()
      let first = try await shop.deploy(try await shop.image("a"))
      try await shop.until { reader in
        try reader.deployment(componentId: "shop", id: first.id)?.releaseId.isEmpty == false
          ? true : nil
      }
      let second = try await shop.deploy(try await shop.image("b"))
      #expect(try await shop.cancel(first).state == .cancelled)
      shop.world.release()
      #expect(try await shop.ended(second).state == .succeeded)
      try await shop.settled()
      await executor.drain()
      #expect(shop.world.commits.map(\.deploymentId) == [second.id])
      #expect(shop.world.reports.first { $0.deploymentId == first.id }?.status == .cancelled)
    }
  }

  @Test func `one that is withdrawn does not hold up the others of its batch`() async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let gone = try await shop.deploy(image)
      let stays = try await shop.deploy(image, to: "aside")
      shop.world.hold()
      let executor = shop.fixture.execute()
      try await shop.until { reader in
        try reader.deployment(componentId: "shop", id: gone.id)?.releaseId.isEmpty == false
          ? true : nil
      }
      #expect(try await shop.cancel(gone).state == .cancelled)
      shop.world.release()
      #expect(try await shop.ended(stays).state == .succeeded)
      try await shop.settled()
      await executor.drain()
      #expect(shop.world.commits.map(\.deploymentId) == [stays.id])
      #expect(executor.events.isEmpty)
    }
  }

  @Test func `does not stop what is being published`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .answerIsLost)
      let executor = shop.fixture.execute()
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard { if case .retrying = $0 { true } else { false } }
      await expectRefusal(.deploymentPublishing, .failedPrecondition) {
        try await shop.cancel(deployment)
      }
      await executor.drain()
    }
  }

  @Test func `hurries what was put off because of it`() async throws {
    try await Shop.with { (shop) async throws in
      let down = FakeWorld.Answer.fails(IntegrationError(.unavailable, "down"))
      shop.world.answer("deploy", down, down)
      let executor = shop.fixture.execute()
      let first = try await shop.deploy(try await shop.image("a"))
      await executor.heard { if case .retrying(first.id, 1, _) = $0 { true } else { false } }
      let next = try await shop.deploy(try await shop.image("b"))
      // The executor looks at both: one waits for the other, which fails again.
      shop.fixture.clock.advance(seconds: 1)
      shop.fixture.signals.wake()
      let now = shop.fixture.clock.now
      await executor.heard { if case .retrying(first.id, 2, _) = $0 { true } else { false } }
      var looks = 0
      while try await shop.operation(next)?.dueAt ?? now <= now, looks < 400 {
        looks += 1
        try await Task.sleep(for: .milliseconds(5))
      }
      // Where its turn did not come while the other ran, nothing was put off, and it is due already.
      let due = try #require(try await shop.operation(next)?.dueAt)
      #expect(try await shop.cancel(first).state == .cancelled)
      #expect(try await shop.operation(next)?.dueAt == min(due, now))
      await executor.drain()
    }
  }

  @Test func `stops what is waiting to be tried again`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .fails(IntegrationError(.unavailable, "down")))
      let executor = shop.fixture.execute()
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard { if case .retrying = $0 { true } else { false } }
      #expect(try await shop.cancel(deployment).state == .cancelled)
      try await shop.settled()
      await executor.drain()
    }
  }
}

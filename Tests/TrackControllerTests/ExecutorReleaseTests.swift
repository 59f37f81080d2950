import TestSupport
import Testing
import TrackController
import TrackDomain

/// The calls of release management while deployments are worked on.
@Suite(.timeLimit(.minutes(2))) struct ExecutorReleaseTests {
  private let down = IntegrationError(.unavailable, "down")

  private func goOn(_ shop: Shop, seconds: Int64 = 30) {
    shop.fixture.clock.advance(seconds: seconds)
    shop.fixture.signals.wake()
  }

  private func isRetry(_ event: ExecutorEvent, of id: String, _ error: String) -> Bool {
    if case .retrying(id, _, error) = event { true } else { false }
  }

  @Test(arguments: ["createReleases", "updateStatuses"])
  func `answers for some only are none`(system: String) async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer(system, .forgetsOne)
      let deployments = [
        try await shop.deploy(try await shop.image("a")),
        try await shop.deploy(try await shop.image("b"), to: "aside"),
      ]
      let executor = shop.fixture.execute()
      for deployment in deployments {
        await executor.heard {
          isRetry(
            $0, of: deployment.id, "release management did not answer for all it was asked for")
        }
      }
      goOn(shop)
      for deployment in deployments {
        let ended = try await shop.ended(deployment)
        #expect(ended.state == .succeeded)
        #expect(ended.releaseDeploymentId == "in-\(deployment.id)")
      }
      try await shop.settled()
      #expect(shop.world.calls(of: system) == 2)
      await executor.drain()
    }
  }

  @Test func `learns of a deployment that was cancelled while its release was made`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.hold("createReleases")
      let deployment = try await shop.deploy(try await shop.image("a"))
      let executor = shop.fixture.execute()
      await shop.eventually { shop.world.calls(of: "createReleases") == 1 }
      #expect(try await shop.cancel(deployment).state == .cancelled)
      shop.world.release()
      try await shop.settled()
      #expect(shop.world.reports.map(\.status) == [.cancelled])
      #expect(shop.world.reports.map(\.ids.releaseDeploymentId) == ["in-\(deployment.id)"])
      #expect(shop.world.batches.isEmpty)
      await executor.drain()
    }
  }

  @Test(arguments: [DeploymentState.succeeded, .failed, .cancelled])
  func `has all of its attempts, however many the deployment took`(
    state: DeploymentState
  ) async throws {
    try await Shop.with { (shop) async throws in
      shop.world.answer("deploy", .fails(down))
      if state == .failed { shop.world.answer("deploy", .fails(down)) }
      shop.world.answer("updateStatuses", .fails(down))
      let executor = shop.fixture.execute(options: ExecutorOptions(stepAttempts: 2))
      let deployment = try await shop.deploy(try await shop.image("a"))
      await executor.heard { isRetry($0, of: deployment.id, "down") }
      if state == .cancelled { _ = try await shop.cancel(deployment) } else { goOn(shop) }
      #expect(try await shop.ended(deployment).state == state)
      await shop.eventually {
        executor.events.filter { isRetry($0, of: deployment.id, "down") }.count == 2
      }
      goOn(shop)
      try await shop.settled()
      #expect(shop.world.reports.count == 1)
      await executor.drain()
    }
  }

  @Test(arguments: [IntegrationError.Kind.refused, .accessDenied, .invalid, .notFound])
  func `is not told again what it refuses for good`(kind: IntegrationError.Kind) async throws {
    try await Shop.with(executes: false) { (shop) async throws in
      shop.world.answer("updateStatuses", .fails(IntegrationError(kind, "not you")))
      let executor = shop.fixture.execute()
      let deployment = try await shop.deployed(try await shop.image("a"))
      await executor.heard {
        if case .reportDropped(deployment.id, "not you") = $0 { true } else { false }
      }
      try await shop.settled()
      #expect(shop.world.calls(of: "updateStatuses") == 1)
      await executor.drain()
    }
  }

  @Test func `is left alone as long as it wants`() async throws {
    try await Shop.with { (shop) async throws in
      let alone = IntegrationError(.unavailable, "is left alone", retryAfter: .seconds(7))
      shop.world.answer("updateStatuses", .fails(alone))
      let executor = shop.fixture.execute()
      let first = try await shop.deployed(try await shop.image("a"))
      await executor.heard { isRetry($0, of: first.id, "is left alone") }
      // Deployments that come meanwhile wait, too.
      for seconds in [1, 5] as [Int64] {
        goOn(shop, seconds: seconds)
        var request = shop.request(try await shop.image("\(seconds)"), to: "other")
        request.bypassReason = "now"
        let answer = try await shop.fixture.tracks.deploy(request, by: shop.fixture.ada)
        try await shop.ended(answer.deployment)
        #expect(shop.world.calls(of: "updateStatuses") == 1)
      }
      goOn(shop, seconds: 1)
      try await shop.settled()
      #expect(shop.world.reports.count == 3)
      await executor.drain()
    }
  }
}

import TestSupport
import Testing
import TrackController
import TrackDomain

/// A process dies at the boundary of a step, and the next one continues its work.
@Suite(.timeLimit(.minutes(2))) struct CrashTests {
  @Test(arguments: StepBoundary.allCases)
  func `a deployment is resumed, and published once`(boundary: StepBoundary) async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      let first = shop.fixture.execute(signals: OperationSignals(), death: boundary)
      await first.died()
      #expect(first.boundaries.last == boundary)
      let second = shop.fixture.execute(signals: OperationSignals())
      #expect(try await shop.ended(deployment).state == .succeeded)
      try await shop.settled()
      await second.drain()
      #expect(shop.world.commits.map(\.deploymentId) == [deployment.id])
      #expect(try await shop.now(deployment).gitopsHash == shop.world.commits[0].hash)
      #expect(Set(shop.world.reports).count == 1)
      #expect(try await shop.history().count == 1)
    }
  }

  @Test(arguments: StepBoundary.allCases)
  func `a rollback is resumed, and published once`(boundary: StepBoundary) async throws {
    try await Shop.with { (shop) async throws in
      let executor = shop.fixture.execute(signals: OperationSignals())
      for name in ["a", "b"] { try await shop.deployed(try await shop.image(name)) }
      try await shop.settled()
      await executor.drain()
      let rollback = try await shop.rollBack()
      let first = shop.fixture.execute(signals: OperationSignals(), death: boundary)
      await first.died()
      let second = shop.fixture.execute(signals: OperationSignals())
      #expect(try await shop.ended(rollback).state == .succeeded)
      try await shop.settled()
      await second.drain()
      #expect(shop.world.commits.count == 3)
      #expect(shop.world.commits.last?.deploymentId == rollback.id)
      #expect(try await shop.binding()?.currentDeploymentId == rollback.id)
      #expect(try await shop.now(shop.history()[1]).rolledBackBy == rollback.id)
    }
  }

  @Test(arguments: StepBoundary.allCases)
  func `what waits behind it is done, too`(boundary: StepBoundary) async throws {
    try await Shop.with { (shop) async throws in
      let image = try await shop.image("a")
      let deployment = try await shop.deploy(image)
      await shop.fixture.execute(signals: OperationSignals(), death: boundary).died()
      let next = try await shop.deploy(image)
      let second = shop.fixture.execute(signals: OperationSignals())
      #expect(try await shop.ended(next).state == .succeeded)
      let state: DeploymentState = boundary == .accepted ? .superseded : .succeeded
      #expect(try await shop.ended(deployment).state == state)
      await second.drain()
      #expect(shop.world.commits.count == (boundary == .accepted ? 1 : 2))
    }
  }

  @Test func `a batch is resumed as a whole`() async throws {
    try await Shop.with { (shop) async throws in
      var deployments: [Deployment] = []
      for environment in ["dev", "aside"] {
        deployments.append(
          try await shop.deploy(try await shop.image(environment), to: environment))
      }
      await shop.fixture.execute(signals: OperationSignals(), death: .committed).died()
      await shop.fixture.execute(signals: OperationSignals(), death: .pushed).died()
      await shop.fixture.execute(signals: OperationSignals(), death: .pushed).died()
      let last = shop.fixture.execute(signals: OperationSignals())
      for deployment in deployments {
        #expect(try await shop.ended(deployment).state == .succeeded)
      }
      await last.drain()
      #expect(Set(shop.world.commits.map(\.deploymentId)) == Set(deployments.map(\.id)))
      #expect(shop.world.commits.count == 2)
    }
  }

  @Test func `one that is asked to stop leaves nothing half done`() async throws {
    try await Shop.with { (shop) async throws in
      shop.world.hold()
      let first = shop.fixture.execute(signals: OperationSignals())
      let deployment = try await shop.deploy(try await shop.image("a"))
      try await shop.until {
        try $0.deployment(componentId: "shop", id: deployment.id)?.releaseId.isEmpty == false
          ? true : nil
      }
      let drain = Task { await first.drain() }
      shop.world.release()
      await drain.value
      #expect(try await shop.now(deployment).state == .succeeded)
      let second = shop.fixture.execute(signals: OperationSignals())
      try await shop.settled()
      await second.drain()
      #expect(shop.world.reports.map(\.status) == [.succeeded])
    }
  }
}

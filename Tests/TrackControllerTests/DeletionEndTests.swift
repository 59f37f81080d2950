import TestSupport
import Testing
import TrackController
import TrackDomain

/// Every deletion ends, whatever it waits for and whatever fails.
@Suite(.timeLimit(.minutes(2))) struct DeletionEndTests {
  private let down = IntegrationError(.unavailable, "down")

  /// A shop with a second track, and an executor.
  private func with(
    type: ComponentType = .service, options: ExecutorOptions = ExecutorOptions(),
    _ body: (Shop, RunningExecutor) async throws -> Void
  ) async throws {
    try await Shop.with(type: type) { (shop) async throws in
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let executor = shop.fixture.execute(options: options)
      try await body(shop, executor)
      await executor.drain()
    }
  }

  private func begin(_ shop: Shop) -> Task<String, any Error> {
    let request = DeleteTrack(componentId: "shop", trackId: shop.track.id, force: true)
    let (tracks, ada) = (shop.fixture.tracks, shop.fixture.ada)
    return Task { try await tracks.delete(request, by: ada).latestTrackId }
  }

  /// The deletion, once it has found that it must wait.
  @discardableResult
  private func putOff(_ shop: Shop) async throws -> Operation {
    let (trackId, now) = (shop.track.id, shop.fixture.clock.now)
    return try await shop.until { reader in
      let deletion = try reader.deletion(componentId: "shop", trackId: trackId)
      return deletion.flatMap { $0.dueAt > now && $0.lease == nil ? $0 : nil }
    }
  }

  private func gone(_ shop: Shop) async throws {
    let trackId = shop.track.id
    try await shop.until {
      try $0.track(componentId: "shop", id: trackId) == nil ? true : nil
    }
  }

  // MARK: Causes of waiting

  @Test(arguments: [ComponentType.service, .apiProxy])
  func `goes on at once when the deployment that the deployer holds has ended`(type: ComponentType)
    async throws
  {
    try await with(type: type) { shop, _ in
      shop.world.hold()
      _ = try await shop.deploy(try await shop.image("a"))
      await shop.eventually { shop.world.batches.count == 1 }
      let call = begin(shop)
      try await putOff(shop)
      // On a clock that stands still, no operation becomes due by itself.
      shop.world.release()
      _ = try await call.value
      #expect(shop.world.commits.isEmpty)
    }
  }

  @Test func `looks again by itself where nobody wakes it`() async throws {
    try await with { shop, executor in
      shop.world.hold()
      let deployment = try await shop.deploy(try await shop.image("a"))
      await shop.eventually { shop.world.batches.count == 1 }
      let call = begin(shop)
      let waiting = try await putOff(shop)
      #expect(waiting.dueAt == shop.fixture.clock.now.after(.seconds(10)))
      // The operation is lost without the wake-up that its end would cause.
      try await shop.loseOperation(of: deployment)
      shop.fixture.clock.advance(seconds: 10)
      executor.signals.wake()
      _ = try await call.value
      shop.world.release()
    }
  }

  @Test func `goes on in the next process though the one before hung`() async throws {
    try await Shop.with(type: .apiProxy) { (shop) async throws in
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      shop.world.answer("deploy", .isStuck)
      let first = shop.fixture.execute(signals: OperationSignals())
      _ = try await shop.deploy(try await shop.image("a"))
      await shop.eventually { shop.world.batches.count == 1 }
      let call = begin(shop)
      try await putOff(shop)
      await first.kill()
      // At once: the clock stands still.
      let second = shop.fixture.execute()
      _ = try await call.value
      await second.drain()
    }
  }

  @Test func `a deployment whose operation is lost does not hold it up`() async throws {
    try await with { shop, _ in
      shop.world.answer("deploy", .answerIsLost)
      let deployment = try await shop.deploy(try await shop.image("a"))
      try await shop.until {
        try $0.operation(id: deployment.id)?.attempts == 1 ? true : nil
      }
      try await shop.loseOperation(of: deployment)
      _ = try await begin(shop).value
      try await gone(shop)
    }
  }

  // MARK: Failures

  @Test func `what is gone already is no failure`() async throws {
    try await with { shop, executor in
      let gone = FakeWorld.Answer.fails(IntegrationError(.notFound, "never heard of it"))
      shop.world.answer("delete", gone, gone, gone)
      _ = try await begin(shop).value
      #expect(executor.events.isEmpty)
    }
  }

  @Test func `each step has its attempts`() async throws {
    try await with(options: ExecutorOptions(stepAttempts: 3)) { shop, executor in
      for _ in 0..<3 { shop.world.answer("delete", .fails(down), .fails(down), .works) }
      let call = begin(shop)
      for call in 1...9 where call % 3 != 0 {
        await shop.eventually { shop.world.calls(of: "delete") == call }
        try await putOff(shop)
        shop.fixture.clock.advance(seconds: 30)
        executor.signals.wake()
      }
      _ = try await call.value
      #expect(shop.world.calls(of: "delete") == 9)
      #expect(shop.world.deletions.count == 3)
    }
  }

  @Test(arguments: [1, 2, 3])
  func `is given up after so many attempts, and says why`(attempts: Int32) async throws {
    try await with(options: ExecutorOptions(stepAttempts: attempts)) { shop, executor in
      for _ in 0..<10 { shop.world.answer("delete", .fails(down)) }
      let call = begin(shop)
      for _ in 1..<attempts {
        try await putOff(shop)
        shop.fixture.clock.advance(seconds: 30)
        executor.signals.wake()
      }
      let error = await expectRefusal(.cleanupPending, .unavailable) { try await call.value }
      #expect(error?.message.hasSuffix("down") == true)
      #expect(shop.world.calls(of: "delete") == Int(attempts))
      // It is told after it was recorded, which the caller waits for.
      await shop.eventually {
        executor.events.contains {
          if case .deletionGivenUp(_, _, "down") = $0 { true } else { false }
        }
      }
    }
  }

  @Test func `nobody was asked: that is no attempt`() async throws {
    try await with(options: ExecutorOptions(stepAttempts: 1)) { shop, executor in
      let alone = IntegrationError(.unavailable, "is left alone", retryAfter: .seconds(3))
      shop.world.answer("delete", .fails(alone), .fails(alone))
      let call = begin(shop)
      for count in 1...2 {
        await shop.eventually { shop.world.calls(of: "delete") == count }
        let waiting = try await putOff(shop)
        #expect(waiting.dueAt == shop.fixture.clock.now.after(.seconds(3)))
        #expect(waiting.attempts == 0)
        shop.fixture.clock.advance(seconds: 3)
        executor.signals.wake()
      }
      _ = try await call.value
    }
  }

  @Test(arguments: [IntegrationError.Kind.refused, .accessDenied, .invalid])
  func `what is refused for good is not tried again, and the caller learns why`(
    kind: IntegrationError.Kind
  ) async throws {
    try await with { shop, executor in
      shop.world.answer("delete", .works, .fails(IntegrationError(kind, "keys are in use")))
      let error = await expectRefusal(.cleanupRefused, .failedPrecondition) {
        try await begin(shop).value
      }
      #expect(error?.message.contains("keys are in use") == true)
      #expect(error?.precondition?.subject == "deploymentTracks/\(shop.track.id)")
      #expect(shop.world.calls(of: "delete") == 2)
      #expect(try await shop.fixture.all("shop").count == 2)
      _ = try await begin(shop).value
    }
  }

  @Test func `many deletions do not wait for one that hangs`() async throws {
    try await with { shop, executor in
      shop.world.answer("delete", .hangs)
      let stuck = begin(shop)
      await shop.eventually { shop.world.calls(of: "delete") == 1 }
      for number in 1...5 {
        let track = try await shop.fixture.create("shop", "v3.\(number)", branch: "b")
        _ = try await shop.fixture.create("shop", "v4.\(number)", branch: "b")
        _ = try await shop.fixture.tracks.delete(
          DeleteTrack(componentId: "shop", trackId: track.id), by: shop.fixture.ada)
      }
      stuck.cancel()
      // Not drained: the hanging step would take its whole minute.
      await executor.kill()
    }
  }

  @Test func `deletions for which there is no room wait quietly, and are done then`() async throws {
    try await Shop.with { (shop) async throws in
      var ids: [String] = []
      for minor in 1...33 {
        ids.append(try await shop.fixture.create("shop", "v0.\(minor)", branch: "b").id)
      }
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let (doomed, now) = (ids, shop.fixture.clock.now)
      try await shop.store.write { transaction in
        for id in doomed {
          try transaction.insertOperation(
            Operation(
              id: UniqueID.random().description, kind: .trackDeletion, componentId: "shop",
              trackId: id, dueAt: now, createdAt: now, actor: Principal(name: "", isVerified: false)
            ))
        }
      }
      shop.world.hold("delete")
      let store = TroubledStore(store: shop.store)
      let clock = shop.fixture.clock
      let executor = RunningExecutor(
        store: store, world: shop.world, signals: shop.fixture.signals, now: { clock.now })
      await shop.eventually { shop.world.calls(of: "delete") == 32 }
      await store.quiet()
      #expect(shop.world.calls(of: "delete") == 32)
      shop.world.release()
      try await shop.until { reader -> Bool? in
        for id in doomed where try reader.track(componentId: "shop", id: id) != nil { return nil }
        return true
      }
      await executor.drain()
    }
  }
}

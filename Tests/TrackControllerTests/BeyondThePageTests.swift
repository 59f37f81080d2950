import TestSupport
import Testing
import TrackController
import TrackDomain

/// Rules that read more than one page, at their limits.
@Suite(.timeLimit(.minutes(2))) struct BeyondThePageTests {
  /// A rollback in a shop whose `dev` has image `b`, deployed `count` times since image `a` was.
  private func rollBack(after count: Int) async throws -> Deployment? {
    var found: Deployment?
    try await Shop.with { (shop) async throws in
      let (a, b) = (try await shop.image("a"), try await shop.image("b"))
      let track = shop.track
      let time = shop.fixture.clock.now
      try await shop.store.write { transaction in
        for number in 0...count {
          try transaction.insertDeployment(
            Deployment(
              id: "d-\(number)", componentId: "shop", trackId: track.id, environmentId: "dev",
              imageId: number == 0 ? a.id : b.id, kind: .deploy, state: .succeeded,
              actor: Principal(name: "ada", isVerified: false), createdAt: time, startedAt: time,
              endedAt: time))
        }
        try transaction.putBinding(
          EnvironmentBinding(
            componentId: "shop", trackId: track.id, environmentId: "dev",
            currentDeploymentId: "d-\(count)", currentImageId: b.id))
      }
      do {
        let rollback = try await shop.rollBack()
        #expect(rollback.restores == "d-0")
        found = rollback
      } catch let error as DomainError {
        #expect(error.reason == .noRollbackTarget)
      }
    }
    return found
  }

  @Test(arguments: [(1, true), (99, true), (100, true), (101, true), (999, true), (1000, false)])
  func `a rollback looks at a thousand deployments`(count: Int, finds: Bool) async throws {
    #expect(try await (rollBack(after: count) != nil) == finds)
  }

  @Test func `a track with a long history is deleted with all of it`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let (track, image) = (shop.track, try await shop.image("a"))
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let time = shop.fixture.clock.now
      try await shop.store.write { transaction in
        for number in 0..<1200 {
          try transaction.insertDeployment(
            Deployment(
              id: "d-\(number)", componentId: "shop", trackId: track.id, environmentId: "dev",
              imageId: image.id, kind: .deploy, state: .succeeded,
              actor: Principal(name: "ada", isVerified: false), createdAt: time, startedAt: time,
              endedAt: time))
        }
      }
      _ = try await shop.fixture.tracks.delete(
        DeleteTrack(componentId: "shop", trackId: track.id), by: shop.fixture.ada)
      let left = try await shop.store.read {
        try $0.deployments(
          DeploymentQuery(componentId: "shop", trackId: track.id, limit: 1)
        ).deployments
      }
      #expect(left.isEmpty)
    }
  }

  @Test(arguments: [1, 9, 10, 11, 25])
  func `the latest track is the highest that stays, however many are being deleted`(
    count: Int
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "stays")
      for minor in 1...count { try await fixture.create("service", "v2.\(minor)", id: "t\(minor)") }
      let now = fixture.clock.now
      try await fixture.store.write { transaction in
        for minor in 1..<count {
          try transaction.insertOperation(
            Operation(
              id: UniqueID.random().description, kind: .trackDeletion, componentId: "service",
              trackId: "t\(minor)", dueAt: now, createdAt: now,
              actor: Principal(name: "", isVerified: false)))
        }
      }
      let latest = try await fixture.tracks.delete(
        DeleteTrack(
          componentId: "service", trackId: "t\(count)",
          options: MutationOptions(validateOnly: true)), by: fixture.ada)
      #expect(latest.latestTrackId == "stays")
    }
  }

  @Test func `images without a commit do not take each other's place`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      let track = try await fixture.create("image", branch: "")
      for run in ["one", "two"] {
        fixture.clock.advance(seconds: 1)
        _ = try await fixture.tracks.save(
          SaveTrackImage(
            organizationId: "paid", projectId: "paid", componentId: "image", trackId: track.id,
            images: [ContainerImage(name: "app", reference: "registry.example/app:\(run)")],
            runId: run), by: fixture.ada)
      }
      let images = try await fixture.images(track.id, componentId: "image").images
      #expect(images.map(\.image.runId) == ["two", "one"])
      #expect(images.map(\.image.isSuperseded) == [false, false])
    }
  }

  @Test func `unversioned images are adopted a hundred in a transaction`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let now = fixture.clock.now
      try await fixture.store.write { transaction in
        for number in 0..<250 {
          try transaction.insertImage(
            TrackImage(
              id: UniqueID.random().description, componentId: "service", trackId: "",
              savedTrackId: "", images: [ContainerImage(reference: "app")], runId: "r\(number)",
              createdAt: now.after(microseconds: Int64(number)), updatedAt: now))
        }
      }
      let store = TroubledStore(store: fixture.store)
      let tracks = TrackController(
        store: store, integrations: fixture.world.integrations(), now: { now })
      _ = try await tracks.images(
        ListImages(componentId: "service", trackId: "one", pageSize: 1), by: fixture.ada)
      let places = store.trouble.newestPlaces
      #expect(places.count == 3)
      let changes = try await fixture.changes(after: places[0])
      #expect(changes.firstIndex { $0.place == places[1] } == 99)
      #expect(changes.firstIndex { $0.place == places[2] } == 149)
    }
  }
}

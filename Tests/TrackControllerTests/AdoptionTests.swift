import TestSupport
import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct AdoptionTests {
  @Test func `brings images into the track of their branch, else of their tag, else the latest`()
    async throws
  {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "main", branch: "main")
      try await fixture.create("service", "v2.0", id: "fix", branch: "fix/login")
      try await fixture.create("service", "v1.5", id: "latest", branch: "next")
      try await fixture.save("", commit: 1, run: "branch") { $0.branch = "fix%2Flogin" }
      try await fixture.save("", commit: 2, run: "tag") { $0.images[0].reference = "app:main" }
      try await fixture.save("", commit: 3, run: "slash") {
        $0.images[0].reference = "app:fix-login"
      }
      try await fixture.save("", commit: 4, run: "nothing") { $0.branch = "gone" }
      // The branch counts before the tag.
      try await fixture.save("", commit: 5, run: "both") {
        $0.branch = "main"
        $0.images[0].reference = "app:next"
      }
      #expect(try await fixture.images("main").images.map(\.image.runId) == ["both", "tag"])
      #expect(try await fixture.images("fix").images.map(\.image.runId) == ["slash", "branch"])
      #expect(try await fixture.images("latest").images.map(\.image.runId) == ["nothing"])
    }
  }

  @Test func `prefers the higher of two versions of a branch`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.10", id: "ten", branch: "main")
      try await fixture.create("service", "v1.9", id: "nine", branch: "main")
      try await fixture.save("", commit: 1) { $0.branch = "main" }
      #expect(try await fixture.images("nine").images.isEmpty)
      #expect(try await fixture.images("ten").images.count == 1)
      // The same rule holds where a tag spells the branch.
      try await fixture.create("service", "v2.0", id: "high", branch: "fix/login")
      try await fixture.create("service", "v1.8", id: "low", branch: "fix/login")
      try await fixture.save("", commit: 2) { $0.images[0].reference = "app:fix-login" }
      #expect(try await fixture.images("high").images.count == 1)
      #expect(try await fixture.images("low").images.isEmpty)
    }
  }

  @Test func `happens once`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let saved = try await fixture.save("", commit: 1) { $0.branch = "main" }
      fixture.clock.advance(seconds: 5)
      let before = try await fixture.lastPlace()
      let adopted = try #require(try await fixture.images("one").images.first?.image)
      #expect(adopted.trackId == "one" && adopted.savedTrackId.isEmpty)
      #expect(adopted.id == saved.image.id && adopted.createdAt == saved.image.createdAt)
      #expect(adopted.updatedAt == fixture.clock.now)
      let changes = try await fixture.changes(after: before).map(\.change)
      #expect(changes.map(\.kind) == [.updated] && changes.map(\.resource) == [.image])
      try await fixture.create("service", "v2.0", id: "two", branch: "main")
      let after = try await fixture.lastPlace()
      #expect(try await fixture.images("two").images.isEmpty)
      #expect(try await fixture.images("one").images.map(\.image) == [adopted])
      #expect(try await fixture.lastPlace() == after)
      // The save is known by what it named, not by where its image went.
      #expect(try await fixture.save("", commit: 1) { $0.branch = "main" }.image == adopted)
    }
  }

  @Test func `happens once to each image when many ask at once`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      try await fixture.create("service", "v2.0", id: "two", branch: "next")
      for commit in 1...20 as ClosedRange<Int64> {
        try await fixture.save("", commit: commit) { $0.branch = commit % 2 == 0 ? "main" : "next" }
      }
      let before = try await fixture.lastPlace()
      try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<16 {
          group.addTask { try await fixture.images(index % 2 == 0 ? "one" : "two").images.count }
        }
        for try await count in group { #expect(count == 10) }
      }
      #expect(try await fixture.changes(after: before).count == 20)
    }
  }

  @Test func `keeps the newest image of a commit in its place`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      try await fixture.save("", commit: 1, run: "oldest") { $0.branch = "main" }
      try await fixture.save("one", commit: 1, run: "middle")
      try await fixture.save("", commit: 2, run: "other") { $0.branch = "main" }
      #expect(
        try await fixture.images("one").images.filter { !$0.image.isSuperseded }
          .map(\.image.runId) == ["other", "middle"])
      try await fixture.save("", commit: 1, run: "newest") { $0.branch = "main" }
      #expect(
        try await fixture.images("one").images.filter { !$0.image.isSuperseded }
          .map(\.image.runId) == ["newest", "other"])
    }
  }

  @Test(arguments: [("a", "b"), ("b", "a")])
  func `of two images of one commit and time the one with the greater id stays`(
    saved: String, adopted: String
  ) async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let now = fixture.clock.now
      try await fixture.store.write { transaction in
        for (id, trackId) in [(saved, "one"), (adopted, "")] {
          try transaction.insertImage(
            TrackImage(
              id: id, componentId: "service", trackId: trackId, savedTrackId: trackId,
              branch: "main", images: [ContainerImage(reference: "app")],
              commitHash: Fixture.hash(1), committedAt: now, runId: id, createdAt: now,
              updatedAt: now))
        }
      }
      let images = try await fixture.images("one").images.map(\.image)
      #expect(images.filter { !$0.isSuperseded }.map(\.id) == ["b"])
      #expect(images.filter(\.isSuperseded).map(\.id) == ["a"])
    }
  }

  @Test func `deploys nothing`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.putPipeline()
      try await fixture.create("service", "v1.0", id: "one", branch: "main", autoDeploy: true)
      try await fixture.save("", commit: 1) { $0.branch = "main" }
      let adopted = try await fixture.images("one").images.first?.image
      #expect(adopted?.autoDeploy.decision == .unversioned)
      let history = try await fixture.tracks.deployments(
        ListDeployments(componentId: "service", trackId: "one"))
      #expect(history.deployments.isEmpty)
    }
  }

  @Test func `passes by tracks that are being deleted`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "doomed", branch: "old")
      try await fixture.create("service", "v2.0", id: "latest", branch: "main")
      let now = fixture.clock.now
      try await fixture.store.write { transaction in
        try transaction.insertOperation(
          Operation(
            id: UniqueID.random().description, kind: .trackDeletion, componentId: "service",
            trackId: "doomed", dueAt: now, createdAt: now,
            actor: Principal(name: "", isVerified: false)))
      }
      try await fixture.save("", commit: 1) { $0.branch = "old" }
      #expect(try await fixture.images("latest").images.count == 1)
      await expectRefusal(.trackDeleting, .failedPrecondition) {
        try await fixture.save("doomed", commit: 2)
      }
    }
  }

  @Test func `takes a thousand at a time`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "one", branch: "main")
      let now = fixture.clock.now
      try await fixture.store.write { transaction in
        for number in 0..<1001 {
          let time = Timestamp(microseconds: now.microseconds + Int64(number))
          try transaction.insertImage(
            TrackImage(
              id: UniqueID.random().description, componentId: "service", trackId: "",
              savedTrackId: "", images: [ContainerImage(reference: "app")], runId: "r\(number)",
              createdAt: time, updatedAt: time))
        }
      }
      #expect(try await fixture.images("one", pageSize: 1).images.first?.image.runId == "r999")
      #expect(try await fixture.images("one", pageSize: 1).images.first?.image.runId == "r1000")
    }
  }
}

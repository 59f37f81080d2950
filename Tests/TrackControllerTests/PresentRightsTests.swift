import TestSupport
import Testing
import TrackController
import TrackDomain

/// Rights may change while a call waits, and ids may be given again.
@Suite(.timeLimit(.minutes(2))) struct PresentRightsTests {
  private static let service = AccessPlace(componentId: "service")

  @Test func `a call that waited for the store has the rights of its write`() async throws {
    try await Fixture.with { fixture in
      let nothing = GivenRights([:])
      let all = GivenRights([Self.service: .all], then: nothing)
      let limited = fixture.tracks.limited(to: Access(all, verb: .write))
      let track = try await fixture.create("service", "v1.0")
      let before = try await fixture.lastPlace()
      await expectRefusal(.componentNotFound, .notFound) {
        try await limited.update(
          UpdateTrack(componentId: "service", trackId: track.id, description: "x"),
          by: fixture.ada)
      }
      #expect(try await fixture.lastPlace() == before)
    }
  }

  @Test func `what a save may deploy is decided in its write`() async throws {
    try await Fixture.with { fixture in
      try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid", name: "dev"))
      let track = try await fixture.create("service", "v1.0", branch: "main", autoDeploy: true)
      let saving = GivenRights([Self.service: VerbSet(.save)])
      let all = GivenRights([Self.service: .all], then: saving)
      let saved = try await fixture.tracks.limited(to: Access(all, verb: .save)).save(
        SaveTrackImage(
          organizationId: "paid", projectId: "paid", componentId: "service", trackId: track.id,
          images: [ContainerImage(name: "", reference: "registry.example/app:1", digest: "")],
          commitHash: String(repeating: "a", count: 40), committedAt: fixture.clock.now,
          runId: "1", environmentId: "dev"),
        by: fixture.ada)
      #expect(saved.image.autoDeploy.decision == .refused)
      #expect(saved.image.autoDeploy.reason == "NO_RIGHT")
    }
  }

  @Test func `readers of an organization get no changes of a project that was another's`()
    async throws
  {
    try await Fixture.with { fixture in
      let watch = WatchController(store: fixture.store)
      @Sendable func change(_ id: String, in projectId: String) -> Change {
        Change(
          kind: .created, resource: .deploymentTrack, resourceId: id, projectId: projectId,
          componentId: "gone", at: fixture.clock.now, actor: fixture.ada, snapshot: [])
      }
      func append(_ id: String, in projectId: String) async throws {
        try await fixture.store.write(.catalog) {
          try $0.appendChange(change(id, in: projectId))
        }
      }
      let start = try await fixture.lastPlace()
      try await fixture.put(ProjectDraft(id: "moving", organizationId: "free"))
      try await append("old", in: "moving")
      try await fixture.catalog.delete(
        .project, id: "moving", options: MutationOptions(), by: fixture.ada)
      func readable(_ verbs: [AccessPlace: VerbSet]) async throws -> [String] {
        let page = try await watch.changes(after: start, limit: 99, forRights: true)
        let access = Access(GivenRights(verbs), verb: .read)
        return page.changes.filter { page.isReadable($0, with: access) }.map(\.change.resourceId)
      }
      let read = VerbSet(.read)
      // Nothing has its ids now: they still tell.
      #expect(try await readable([AccessPlace(projectId: "moving"): read]) == ["old"])
      #expect(try await readable([AccessPlace(organizationId: "free"): read]) == ["old"])
      try await fixture.put(ProjectDraft(id: "moving", organizationId: "paid"))
      try await fixture.put(ComponentDraft(id: "gone", projectId: "moving", type: .service))
      try await append("new", in: "moving")
      #expect(try await readable([AccessPlace(organizationId: "paid"): read]) == ["new"])
      #expect(try await readable([AccessPlace(organizationId: "free"): read]) == ["old"])
      #expect(try await readable([AccessPlace(projectId: "moving"): read]) == ["new"])
      #expect(try await readable([AccessPlace(componentId: "gone"): read]) == ["new"])
      #expect(try await readable([.everywhere: read]) == ["old", "new"])
      // Nor do readers of a component get those of one in another project.
      try await append("elsewhere", in: "free")
      #expect(try await readable([AccessPlace(componentId: "gone"): read]) == ["new"])
    }
  }

  // MARK: Names

  @Test func `why a track is not deleted is told to who may read`() async throws {
    try await Shop.with { (shop) async throws in
      _ = try await shop.fixture.create("shop", "v2.0", branch: "next")
      let executor = shop.fixture.execute()
      func delete(_ verbs: VerbSet) async -> DomainError? {
        shop.world.answer("delete", .fails(IntegrationError(.accessDenied, "not you")))
        let rights = GivenRights([AccessPlace(componentId: "shop"): verbs])
        return await expectRefusal(.cleanupRefused, .failedPrecondition) {
          try await shop.fixture.tracks.limited(to: Access(rights, verb: .write)).delete(
            DeleteTrack(componentId: "shop", trackId: shop.track.id, force: true),
            by: shop.fixture.ada)
        }
      }
      let untold = await delete(VerbSet(.write))
      #expect(untold?.metadata.isEmpty == true && untold?.message.contains("not you") == false)
      let told = await delete([VerbSet(.write), VerbSet(.read)])
      #expect(told?.message.contains("not you") == true)
      await executor.drain()
    }
  }

  @Test func `whose limit is reached is told to who may know the organization`() async throws {
    try await Fixture.with { fixture in
      let limit = try #require(OrganizationTier.free.trackLimit)
      for number in 0..<limit { try await fixture.create("free-service", "v1.\(number)") }
      func metadata(_ verbs: [AccessPlace: VerbSet]) async -> [String: String]? {
        await expectRefusal(.trackLimitReached, .resourceExhausted) {
          try await fixture.tracks.limited(to: Access(GivenRights(verbs), verb: .write)).create(
            CreateTrack(componentId: "free-service", apiVersion: "v2.0"), by: fixture.ada)
        }?.metadata
      }
      let component = AccessPlace(componentId: "free-service")
      let all = VerbSet.all
      #expect(await metadata([component: VerbSet(.write)])?.isEmpty == true)
      #expect(await metadata([component: all])?.isEmpty == true)
      let organization = AccessPlace(organizationId: "free")
      #expect(
        await metadata([component: all, organization: VerbSet(.read)])?["organization"] == "free")
    }
  }
}

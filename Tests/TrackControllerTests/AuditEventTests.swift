import TestSupport
import Testing
import TrackController
import TrackDomain

/// Every call that changes something leaves one event, and no other call does.
@Suite(.timeLimit(.minutes(2))) struct AuditEventTests {
  private func events(_ store: any TrackStore) async throws -> [AuditEvent] {
    try await store.read {
      try $0.auditRecords(AuditQuery(sequences: 1...9000, limit: 9000)).map(\.event)
    }
  }

  /// The one event that `body` leaves.
  private func event(
    _ store: any TrackStore, _ body: () async throws -> Void
  ) async throws -> AuditEvent? {
    let before = try await events(store).count
    try await body()
    let new = try await events(store).dropFirst(before)
    #expect(new.count <= 1)
    return new.first
  }

  @Test func `a track's events name it, where it lies, and which fields have changed`() async throws
  {
    try await Fixture.with { (fixture) async throws in
      let store = fixture.store
      let service = AccessPlace(
        organizationId: "paid", projectId: "paid", componentId: "service")
      let tracks = fixture.tracks.called(
        from: CallOrigin(peer: "ipv4:192.0.2.1:5", method: "a.B/Create"))
      let options = MutationOptions(requestId: "9b2f1c3e-0000-4000-8000-0123456789ab")
      let ada = Principal(name: "ada", isVerified: true, onBehalfOf: "bob")
      let created = try await event(store) {
        _ = try await tracks.create(
          CreateTrack(
            componentId: "service", id: "t1", apiVersion: "v1.0", branch: "main",
            options: options), by: ada)
      }
      #expect(
        created
          == AuditEvent(
            at: fixture.clock.now, principal: ada, peer: "ipv4:192.0.2.1:5", method: "a.B/Create",
            subject: AuditSubject("components/service/deploymentTracks/t1", at: service),
            requestId: options.requestId))
      let updated = try await event(store) {
        _ = try await tracks.update(
          UpdateTrack(
            componentId: "service", trackId: "t1", branch: "next", description: "",
            autoDeployEnabled: true), by: ada)
      }
      #expect(updated?.subject.changedFields == ["branch", "auto_deploy_enabled"])
      let configured = try await event(store) {
        _ = try await tracks.updateConfigs(
          UpdateTrackConfigs(
            componentId: "service", trackId: "t1",
            environmentVariables: [
              EnvironmentVariableDraft(name: "TOKEN", source: .value("hidden"))
            ]), by: ada)
      }
      #expect(configured?.subject.changedFields == ["environment_variables/TOKEN"])
      try await fixture.create("service", "v2.0", id: "t2")
      let deleted = try await event(store) {
        _ = try await tracks.delete(
          DeleteTrack(componentId: "service", trackId: "t1"), by: ada)
      }
      #expect(deleted?.subject == created?.subject)
      #expect(!"\(try await events(store))".contains("hidden"))
    }
  }

  @Test func `calls that change nothing leave no event`() async throws {
    try await Fixture.with { (fixture) async throws in
      let options = MutationOptions(requestId: "9b2f1c3e-0000-4000-8000-0123456789ab")
      try await fixture.create("service", "v1.0", id: "t1", options: options)
      let quiet = try await event(fixture.store) {
        // A repeated request, a check, one that finds nothing to change, and one that is refused.
        try await fixture.create("service", "v1.0", id: "t1", options: options)
        try await fixture.create(
          "service", "v3.0", options: MutationOptions(validateOnly: true))
        _ = try await fixture.tracks.update(
          UpdateTrack(componentId: "service", trackId: "t1", description: ""), by: fixture.ada)
        _ = try? await fixture.create("service", "v1.0", id: "t9")
        _ = try await fixture.images("t1")
      }
      #expect(quiet == nil)
    }
  }

  @Test func `images and deployments name their environments`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.putPipeline()
      try await fixture.create("service", "v1.0", id: "t1", branch: "main", autoDeploy: true)
      var saved: SavedImage?
      let save = try await event(fixture.store) {
        saved = try await fixture.save("t1", commit: 1)
      }
      let image = try #require(saved?.image.id)
      let dev = AccessPlace(
        organizationId: "paid", projectId: "paid", componentId: "service", environmentId: "dev")
      #expect(
        save?.subject
          == AuditSubject("components/service/deploymentTracks/t1/images/\(image)", at: dev))
      let deployment = try #require(saved?.deployment)
      let cancelled = try await event(fixture.store) {
        _ = try? await fixture.tracks.cancel(
          CancelDeployment(componentId: "service", trackId: "t1", deploymentId: deployment.id),
          by: fixture.ada)
      }
      if let cancelled {
        #expect(
          cancelled.subject
            == AuditSubject(
              "components/service/deploymentTracks/t1/deployments/\(deployment.id)", at: dev))
      }
    }
  }

  @Test func `the images that a list adopts are an event, with what the method is`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.create("service", "v1.0", id: "t1", branch: "main")
      try await fixture.save("", commit: 1) { $0.branch = "main" }
      let adopted = try await event(fixture.store) { _ = try await fixture.images("t1") }
      #expect(adopted?.subject.resource == "components/service")
      #expect(adopted?.subject.changedFields == ["images.deployment_track_id"])
      #expect(try await event(fixture.store) { _ = try await fixture.images("t1") } == nil)
    }
  }

  @Test func `resources of the catalog are told by kind, with what has changed of them`()
    async throws
  {
    try await Fixture.with { (fixture) async throws in
      let place = AccessPlace(organizationId: "paid", projectId: "paid", environmentId: "dev")
      let made = try await event(fixture.store) {
        try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid", name: "Dev"))
      }
      #expect(made?.subject == AuditSubject("environments/dev", at: place))
      let changed = try await event(fixture.store) {
        try await fixture.put(
          EnvironmentDraft(
            id: "dev", projectId: "paid", name: "New",
            gitopsRepositoryURL: "https://git.example/other"))
      }
      #expect(changed?.subject.changedFields.contains("name") == true)
      #expect(changed?.subject.changedFields.contains("gitops_repository_url") == true)
      let same = try await event(fixture.store) {
        try await fixture.put(
          EnvironmentDraft(
            id: "dev", projectId: "paid", name: "New",
            gitopsRepositoryURL: "https://git.example/other"))
      }
      #expect(same == nil)
      let deleted = try await event(fixture.store) {
        try await fixture.catalog.delete(
          .environment, id: "dev", options: MutationOptions(), by: fixture.ada)
      }
      #expect(deleted?.subject == AuditSubject("environments/dev", at: place))
      let component = try await event(fixture.store) {
        try await fixture.put(
          ComponentDraft(
            id: "web", projectId: "paid", type: .webApp, repositoryURL: "https://git.example/r"))
      }
      #expect(component?.subject.changedFields == ["repository_url"])
      #expect(component?.subject.place.componentId == "web")
      let organization = try await event(fixture.store) {
        try await fixture.put(OrganizationDraft(id: "free", tier: .paid))
      }
      #expect(
        organization?.subject
          == AuditSubject(
            "organizations/free", at: AccessPlace(organizationId: "free"),
            changedFields: ["tier"]))
    }
  }

  // MARK: Reading

  @Test func `pages go back to the first event, and show what the caller administers`() async throws
  {
    try await Fixture.with { (fixture) async throws in
      for number in 0..<5 {
        if number < 2 { try await fixture.create("free-service", "v1.\(number)") }
        try await fixture.create("service", "v1.\(number)")
      }
      let audit = AuditController(store: fixture.store, chain: UnsealedAudit())
      let count = try await events(fixture.store).count
      let numbers = (1...Int64(count)).reversed()
      #expect(try await pages(audit, size: 3).map(\.sequence) == Array(numbers))
      let free = audit.limited(to: Access(Administers(organization: "free"), verb: .administer))
      let own = try await pages(free, size: 2)
      #expect(own.allSatisfy { $0.event.subject.place.organizationId == "free" })
      // The organization, its project, its component and two tracks: with nothing of the chain.
      #expect(own.count == 5)
      #expect(own.allSatisfy { $0.sequence == 0 && $0.code.isEmpty && $0.keyId.isEmpty })
      await expectRefusal(.noRight, .permissionDenied) {
        try await free.verify(behind: nil, expected: nil)
      }
      let nobody = audit.limited(to: Access(Administers(organization: ""), verb: .administer))
      await expectRefusal(.noRight, .permissionDenied) {
        try await nobody.events(ListAuditEvents(AuditFilter()))
      }
      let all = try await audit.verify(behind: nil, expected: nil)
      #expect(all.finding == nil && all.head.sequence == Int64(count) && !all.hasMore)
      let lost = AuditHead(sequence: Int64(count) + 1)
      #expect(try await audit.verify(behind: nil, expected: lost).finding?.fault == .cut)
      let resumed = try await audit.verify(behind: AuditHead(sequence: 3), expected: nil)
      #expect(resumed.finding == nil && resumed.head == all.head)
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await audit.events(ListAuditEvents(AuditFilter(), pageToken: "AAAA"))
      }
      await expectRefusal(.invalidFilter, .invalidArgument) {
        try await audit.events(
          ListAuditEvents(
            AuditFilter(since: Timestamp(microseconds: 2), until: Timestamp(microseconds: 1))))
      }
    }
  }

  private func pages(_ audit: AuditController, size: Int32) async throws -> [AuditRecord] {
    var all: [AuditRecord] = []
    var token = ""
    repeat {
      let page = try await audit.events(
        ListAuditEvents(AuditFilter(), pageSize: size, pageToken: token))
      #expect(page.records.count <= size)
      all += page.records
      token = page.nextPageToken
    } while !token.isEmpty
    return all
  }

  @Test func `a follower goes on behind its place, and is told when that is gone`() async throws {
    try await Fixture.with { (fixture) async throws in
      let audit = AuditController(store: fixture.store, chain: UnsealedAudit())
      let filter = AuditFilter(resource: "components/service")
      let start = try await audit.place(filter, resuming: "")
      #expect(try await audit.events(filter, behind: start).events.isEmpty)
      try await fixture.create("service", "v1.0", id: "t1")
      try await fixture.create("free-service", "v1.0")
      try await fixture.create("service", "v2.0", id: "t2")
      let found = try await audit.events(filter, behind: start)
      let resources = found.events.map(\.record.event.subject.resource)
      #expect(resources.map { $0.suffix(2) } == ["t1", "t2"])
      let first = try #require(found.events.first?.place)
      let token = audit.resumeToken(filter, behind: first)
      let place = try await audit.place(filter, resuming: token)
      let rest = try await audit.events(filter, behind: place)
      #expect(rest.events == Array(found.events.dropFirst()))
      await expectRefusal(.invalidResumeToken, .invalidArgument) {
        try await audit.place(AuditFilter(), resuming: token)
      }
      await expectRefusal(.resync, .outOfRange) {
        try await audit.place(
          filter, resuming: audit.resumeToken(filter, behind: AuditHead(sequence: 1 << 40)))
      }
    }
  }
}

/// Who administers one organization; nothing where it has no name.
private final class Administers: AccessRights {
  let organization: String
  init(organization: String) { self.organization = organization }

  var id: UInt64 { 1 }
  var owner: String { "token:one" }
  var current: any AccessRights { self }
  func hasAnywhere(_ verb: Verb) -> Bool { verb == .administer && !organization.isEmpty }

  func verbs(at place: AccessPlace) -> VerbSet {
    place.organizationId == organization && !organization.isEmpty ? VerbSet(.administer) : []
  }

  func reach(_ kind: CatalogKind, in parent: AccessPlace) -> AccessReach { .ids([]) }
}

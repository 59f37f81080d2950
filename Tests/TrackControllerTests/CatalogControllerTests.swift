import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct CatalogControllerTests {
  @Test func `puts, gets and replaces every type`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid"))
      let line = try await fixture.put(
        DeploymentPipelineDraft(id: "line", projectId: "paid", environmentIds: ["dev"]))
      let component = try await fixture.put(
        ComponentDraft(id: "new", projectId: "paid", type: .task, defaultPipelineId: "line"))
      #expect(try await fixture.catalog.get(DeploymentPipeline.self, id: "line") == line)
      #expect(try await fixture.catalog.get(Component.self, id: "new") == component)
      #expect(
        try await fixture.catalog.get(Environment.self, id: "dev")
          == Environment(id: "dev", projectId: "paid", name: "dev", gitopsPath: "dev"))
      #expect(try await fixture.catalog.get(Organization.self, id: "paid").tier == .paid)
      #expect(try await fixture.catalog.get(Project.self, id: "paid").organizationId == "paid")
      try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid", name: "Development"))
      #expect(try await fixture.catalog.get(Environment.self, id: "dev").name == "Development")
    }
  }

  @Test(arguments: CatalogKind.allCases)
  func `finds nothing where nothing is`(kind: CatalogKind) async throws {
    try await Fixture.with { (fixture) async throws in
      let reasons: [CatalogKind: ErrorReason] = [
        .organization: .organizationNotFound, .project: .projectNotFound,
        .component: .componentNotFound, .environment: .environmentNotFound,
        .deploymentPipeline: .deploymentPipelineNotFound,
      ]
      let reason = try #require(reasons[kind])
      await expectRefusal(reason, .notFound) {
        try await fixture.catalog.delete(
          kind, id: "missing", options: MutationOptions(), by: fixture.ada)
      }
      await expectRefusal(.invalidId, .invalidArgument) {
        try await fixture.catalog.delete(kind, id: "", options: MutationOptions(), by: fixture.ada)
      }
    }
  }

  @Test func `refuses what refers to nothing`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.put(EnvironmentDraft(id: "free-dev", projectId: "free"))
      try await fixture.put(EnvironmentDraft(id: "paid-dev", projectId: "paid"))
      await expectRefusal(.organizationNotFound, .notFound) {
        try await fixture.put(ProjectDraft(id: "new", organizationId: "missing"))
      }
      await expectRefusal(.projectNotFound, .notFound) {
        try await fixture.put(ComponentDraft(id: "new", projectId: "missing", type: .task))
      }
      await expectRefusal(.deploymentPipelineNotFound, .notFound) {
        try await fixture.put(
          ComponentDraft(id: "new", projectId: "paid", type: .task, defaultPipelineId: "missing"))
      }
      await expectRefusal(.environmentNotFound, .notFound) {
        try await fixture.put(
          DeploymentPipelineDraft(
            id: "line", projectId: "paid", environmentIds: ["paid-dev", "free-dev"]))
      }
    }
  }

  @Test func `keeps resources where they are`() async throws {
    try await Fixture.with { (fixture) async throws in
      let error = await expectRefusal(.immutableField, .invalidArgument) {
        try await fixture.put(ComponentDraft(id: "service", projectId: "free", type: .service))
      }
      #expect(error?.fields.map(\.field) == ["component.project_id"])
      let other = await expectRefusal(.immutableField, .invalidArgument) {
        try await fixture.put(ProjectDraft(id: "paid", organizationId: "free"))
      }
      #expect(other?.fields.map(\.field) == ["project.organization_id"])
    }
  }

  @Test func `keeps the type of a component that has tracks`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.put(ComponentDraft(id: "web", projectId: "paid", type: .task))
      try await fixture.create("web")
      await expectRefusal(.componentHasTracks, .failedPrecondition) {
        try await fixture.put(ComponentDraft(id: "web", projectId: "paid", type: .service))
      }
      try await fixture.put(ComponentDraft(id: "web", projectId: "paid", type: .task, image: "x"))
      #expect(try await fixture.all("web").first?.isLatest == true)
    }
  }

  @Test func `deletes nothing that others depend on`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid"))
      try await fixture.put(
        DeploymentPipelineDraft(id: "line", projectId: "paid", environmentIds: ["dev"]))
      try await fixture.put(
        ComponentDraft(id: "web", projectId: "paid", type: .webApp, defaultPipelineId: "line"))
      try await fixture.create("service", "v1.0")
      for (kind, id, reason) in [
        (.organization, "paid", .organizationInUse), (.project, "paid", .projectInUse),
        (.component, "service", .componentInUse), (.environment, "dev", .environmentInUse),
        (.deploymentPipeline, "line", .deploymentPipelineInUse),
      ] as [(CatalogKind, String, ErrorReason)] {
        await expectRefusal(reason, .failedPrecondition) {
          try await fixture.catalog.delete(
            kind, id: id, options: MutationOptions(), by: fixture.ada)
        }
      }
      for (kind, id) in [
        (.component, "web"), (.deploymentPipeline, "line"), (.environment, "dev"),
      ] as [(CatalogKind, String)] {
        try await fixture.catalog.delete(kind, id: id, options: MutationOptions(), by: fixture.ada)
      }
      await expectRefusal(.environmentNotFound, .notFound) {
        try await fixture.catalog.get(Environment.self, id: "dev")
      }
    }
  }

  @Test func `an etag is that of what a resource holds`() async throws {
    try await Fixture.with { (fixture) async throws in
      let one = try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid", name: "One"))
      let etag = ETag.text(one.resource)
      #expect(etag.wholeMatch(of: /"[0-9a-f]{32}"/) != nil)
      let drafts: [EnvironmentDraft] = [
        EnvironmentDraft(id: "dev", projectId: "paid", name: "Two"),
        EnvironmentDraft(id: "dev", projectId: "paid", name: "One", gitopsRepositoryURL: "x"),
        EnvironmentDraft(id: "dev", projectId: "paid", name: "One", gitopsBranch: "x"),
        EnvironmentDraft(id: "dev", projectId: "paid", name: "One", gitopsPath: "x"),
      ]
      var seen: Set = [etag]
      for draft in drafts {
        let value = try await fixture.catalog.put(
          draft, etag: "", options: MutationOptions(validateOnly: true), by: fixture.ada)
        #expect(seen.insert(ETag.text(value.resource)).inserted)
      }
      try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid", name: "Two"))
      let back = try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid", name: "One"))
      #expect(ETag.text(back.resource) == etag)
    }
  }

  @Test func `a put with an etag replaces only what has it`() async throws {
    try await Fixture.with { (fixture) async throws in
      let draft = EnvironmentDraft(id: "dev", projectId: "paid", name: "One")
      await expectRefusal(.etagMismatch, .aborted) { try await fixture.put(draft, etag: "\"x\"") }
      let first = ETag.text(try await fixture.put(draft, etag: ETag.absent).resource)
      let error = await expectRefusal(.etagMismatch, .aborted) {
        try await fixture.put(draft, etag: ETag.absent)
      }
      #expect(error?.metadata["etag"] == first)
      let two = EnvironmentDraft(id: "dev", projectId: "paid", name: "Two")
      let second = ETag.text(try await fixture.put(two, etag: first).resource)
      await expectRefusal(.etagMismatch, .aborted) { try await fixture.put(draft, etag: first) }
      // The etag is checked before other rules.
      await expectRefusal(.etagMismatch, .aborted) {
        try await fixture.put(EnvironmentDraft(id: "dev", projectId: "no"), etag: first)
      }
      #expect(try await fixture.put(two, etag: second).name == "Two")
      #expect(try await fixture.put(draft).name == "One")
    }
  }

  @Test func `says who uses what cannot be deleted, ten of them at most`() async throws {
    try await Fixture.with { (fixture) async throws in
      try await fixture.put(EnvironmentDraft(id: "dev", projectId: "paid"))
      for number in 1...11 {
        try await fixture.put(
          DeploymentPipelineDraft(
            id: "line-\(number)", projectId: "paid", environmentIds: ["dev"]))
      }
      try await fixture.create("service", "v1.0")
      func message(_ kind: CatalogKind, _ id: String) async throws -> String {
        let error = await #expect(throws: DomainError.self) {
          try await fixture.catalog.delete(
            kind, id: id, options: MutationOptions(), by: fixture.ada)
        }
        return error?.message ?? ""
      }
      let environment = try await message(.environment, "dev")
      #expect(environment.hasPrefix("environment dev cannot be deleted: it is used by deployment "))
      #expect(environment.contains("deployment pipeline line-1, deployment pipeline line-10, "))
      #expect(environment.hasSuffix(" and more"))
      let component = try await message(.component, "service")
      #expect(component.contains("used by deployment track v1.0 ("))
      #expect(component.hasSuffix(") of component service"))
    }
  }

  @Test func `lists by id, page by page`() async throws {
    try await Fixture.with { (fixture) async throws in
      let ids = (0..<120).map { "e\($0)" }
      for id in ids { try await fixture.put(EnvironmentDraft(id: id, projectId: "paid")) }
      try await fixture.put(EnvironmentDraft(id: "other", projectId: "free"))
      var token = ""
      var found: [[String]] = []
      repeat {
        let page = try await fixture.catalog.list(
          Environment.self, parentId: "paid", pageSize: 0, pageToken: token)
        found.append(page.resources.map(\.id))
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(found.map(\.count) == [50, 50, 20])
      #expect(found.flatMap { $0 } == ids.sorted())
      // A page that is exactly full can be the last one.
      for (size, isLast) in [(119, false), (120, true), (121, true)] as [(Int32, Bool)] {
        let page = try await fixture.catalog.list(
          Environment.self, parentId: "paid", pageSize: size, pageToken: "")
        #expect(page.nextPageToken.isEmpty == isLast)
      }
    }
  }

  @Test func `binds tokens to type and parent, and checks arguments`() async throws {
    try await Fixture.with { (fixture) async throws in
      let token = try await fixture.catalog.list(
        Component.self, parentId: "paid", pageSize: 1, pageToken: ""
      ).nextPageToken
      #expect(!token.isEmpty)
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await fixture.catalog.list(
          Component.self, parentId: "free", pageSize: 1, pageToken: token)
      }
      await expectRefusal(.invalidPageToken, .invalidArgument) {
        try await fixture.catalog.list(
          Environment.self, parentId: "paid", pageSize: 1, pageToken: token)
      }
      await expectRefusal(.invalidPageSize, .invalidArgument) {
        try await fixture.catalog.list(
          Component.self, parentId: "paid", pageSize: -1, pageToken: "")
      }
      await expectRefusal(.invalidId, .invalidArgument) {
        try await fixture.catalog.list(Component.self, parentId: "", pageSize: 1, pageToken: "")
      }
      await expectRefusal(.projectNotFound, .notFound) {
        try await fixture.catalog.list(
          Component.self, parentId: "missing", pageSize: 1, pageToken: "")
      }
      #expect(
        try await fixture.catalog.list(
          Organization.self, parentId: nil, pageSize: 0, pageToken: ""
        ).resources.map(\.id) == ["free", "paid"])
    }
  }

  @Test func `logs what changed, and nothing else`() async throws {
    try await Fixture.with { (fixture) async throws in
      let before = try await fixture.lastPlace()
      try await fixture.put(OrganizationDraft(id: "paid", tier: .paid))
      try await fixture.put(
        OrganizationDraft(id: "new", tier: .free), options: MutationOptions(validateOnly: true))
      #expect(try await fixture.lastPlace() == before)
      try await fixture.put(OrganizationDraft(id: "new", tier: .free))
      try await fixture.put(OrganizationDraft(id: "new", tier: .paid))
      try await fixture.catalog.delete(
        .organization, id: "new", options: MutationOptions(), by: fixture.ada)
      let changes = try await fixture.changes(after: before).map(\.change)
      #expect(changes.map(\.kind) == [.created, .updated, .deleted])
      #expect(changes.allSatisfy { $0.resource == .organization && $0.resourceId == "new" })
      #expect(
        try Snapshot.catalogResource(changes[2].snapshot)
          == Organization(id: "new", tier: .paid).resource)
    }
  }

  @Test func `logs every resource under its project, a component also under itself`() async throws {
    try await Fixture.with { (fixture) async throws in
      let before = try await fixture.lastPlace()
      try await fixture.put(OrganizationDraft(id: "o", tier: .paid))
      try await fixture.put(ProjectDraft(id: "p", organizationId: "o"))
      try await fixture.put(EnvironmentDraft(id: "e", projectId: "p", name: "E"))
      try await fixture.put(
        DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: ["e"]))
      try await fixture.put(ComponentDraft(id: "c", projectId: "p", type: .task))
      let changes = try await fixture.changes(after: before).map(\.change)
      #expect(
        changes.map(\.resource)
          == [.organization, .project, .environment, .deploymentPipeline, .component])
      #expect(changes.map(\.resourceId) == ["o", "p", "e", "l", "c"])
      #expect(changes.map(\.projectId) == ["", "p", "p", "p", "p"])
      #expect(changes.map(\.componentId) == ["", "", "", "", "c"])
    }
  }

  @Test(arguments: [
    "https://10.0.0.1/x.git", "https://127.0.0.1:3000/x.git", "https://localhost/x.git",
    "git@192.168.1.1:x.git", "ssh://git@[::1]:22/x.git", "https://[::ffff:10.0.0.1]/x.git",
    "https://169.254.169.254/x",
  ])
  func `refuses repositories at addresses that are not allowed`(_ url: String) async throws {
    try await Fixture.with { (fixture) async throws in
      let first = await expectRefusal(.repositoryHostNotAllowed, .invalidArgument) {
        try await fixture.put(
          ComponentDraft(id: "new", projectId: "paid", type: .task, repositoryURL: url))
      }
      #expect(first?.fields.map(\.field) == ["component.repository_url"])
      let second = await expectRefusal(.repositoryHostNotAllowed, .invalidArgument) {
        try await fixture.put(
          EnvironmentDraft(id: "new", projectId: "paid", gitopsRepositoryURL: url))
      }
      #expect(second?.fields.map(\.field) == ["environment.gitops_repository_url"])
    }
  }

  @Test func `takes repositories that may be allowed, and keeps those that were`() async throws {
    try await Fixture.with { (fixture) async throws in
      // What a name means is seen when it is used; a text that is no URL leads nowhere.
      for url in ["https://git.corp/x.git", "https://8.8.8.8/x.git", "/srv/x.git", "x", ""] {
        try await fixture.put(
          ComponentDraft(id: "new", projectId: "paid", type: .task, repositoryURL: url))
      }
      let allowing = CatalogController(
        store: fixture.store, outbound: OutboundRules(allowed: [try AllowedHost("10.0.0.0/8")])
      ) { [clock = fixture.clock] in clock.now }
      let draft = ComponentDraft(
        id: "new", projectId: "paid", type: .task, repositoryURL: "https://10.0.0.1/x.git")
      _ = try await allowing.put(
        draft, etag: "", options: MutationOptions(), by: fixture.ada)
      // The operator has changed the rules: the component can still be replaced.
      var other = draft
      other.sourcePath = "cart"
      try await fixture.put(other)
      other.repositoryURL = "https://10.0.0.2/x.git"
      await expectRefusal(.repositoryHostNotAllowed, .invalidArgument) {
        try await fixture.put(other)
      }
    }
  }
}

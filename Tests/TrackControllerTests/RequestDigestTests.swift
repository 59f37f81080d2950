import Testing
import TrackDomain

@testable import TrackController

/// Every field of a request tells it from another request with the same id.
@Suite(.timeLimit(.minutes(2))) struct RequestDigestTests {
  private func digest(_ mutation: some Mutation) -> Digest {
    var digest = Digest()
    mutation.combine(into: &digest)
    return digest
  }

  /// Expects that each change of `base` makes another digest, and that options do not.
  private func expectAllDiffer<Call: Mutation>(
    _ base: Call, _ changes: [(inout Call) -> Void], options: (inout Call) -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var seen: Set<Digest> = [digest(base)]
    for (index, change) in changes.enumerated() {
      var other = base
      change(&other)
      #expect(
        seen.insert(digest(other)).inserted, "change \(index)", sourceLocation: sourceLocation)
    }
    var same = base
    options(&same)
    #expect(digest(same) == digest(base), sourceLocation: sourceLocation)
  }

  private let options = MutationOptions(requestId: "x", validateOnly: true)

  @Test func `of tracks`() {
    expectAllDiffer(
      CreateTrack(componentId: "c"),
      [
        { $0.componentId = "d" }, { $0.id = "i" }, { $0.apiVersion = "v1.0" }, { $0.branch = "b" },
        { $0.description = "d" }, { $0.autoDeployEnabled = true },
      ], options: { $0.options = options })
    expectAllDiffer(
      UpdateTrack(componentId: "c", trackId: "t"),
      [
        { $0.componentId = "d" }, { $0.trackId = "u" }, { $0.branch = "" }, { $0.branch = "b" },
        { $0.description = "" }, { $0.description = "d" }, { $0.autoDeployEnabled = false },
        { $0.autoDeployEnabled = true }, { $0.etag = "e" }, { $0.updateMask = ["branch"] },
        { $0.updateMask = ["branch", "description"] },
      ], options: { $0.options = options })
    expectAllDiffer(
      DeleteTrack(componentId: "c", trackId: "t"),
      [
        { $0.componentId = "d" }, { $0.trackId = "u" }, { $0.etag = "e" }, { $0.force = true },
      ], options: { $0.options = options })
  }

  @Test func `of images`() {
    let image = ContainerImage(name: "n", reference: "r", digest: "d")
    expectAllDiffer(
      SaveTrackImage(
        organizationId: "o", projectId: "p", componentId: "c", images: [image], runId: "r"),
      [
        { $0.organizationId = "x" }, { $0.projectId = "x" }, { $0.componentId = "x" },
        { $0.trackId = "x" }, { $0.images = [] }, { $0.images = [image, image] },
        { $0.images[0].name = "x" }, { $0.images[0].reference = "x" },
        { $0.images[0].digest = "x" }, { $0.commitHash = "x" },
        { $0.committedAt = Timestamp(microseconds: 0) },
        { $0.committedAt = Timestamp(microseconds: 1) }, { $0.gitopsHash = "x" },
        { $0.runId = "x" }, { $0.environmentId = "x" }, { $0.apiDefinitionPath = "x" },
        { $0.ports = [1] }, { $0.ports = [2] }, { $0.ports = [1, 2] }, { $0.branch = "x" },
      ], options: { $0.options = options })
  }

  @Test func `of deployments`() {
    struct Subject: Mutation {
      var inner: DeployTrack
      var method: RequestMethod { inner.method }
      var options: MutationOptions { inner.options }
      func authorize(_ check: AccessCheck) throws {}
      func combine(into digest: inout Digest) { inner.combine(into: &digest) }
      func check() throws(DomainError) {}
      var namedComponentId: String? { nil }
      func plan(_ checked: Void, _ context: PlanContext) throws -> Plan<DeploymentAnswer> {
        try inner.plan(checked, context)
      }
      func withoutNames(_ response: DeploymentAnswer) -> DeploymentAnswer { response }
      func decodeResponse(
        _ bytes: [UInt8], _ reader: any StoreReader
      ) throws -> DeploymentAnswer {
        try inner.decodeResponse(bytes, reader)
      }
      var request: DeploymentRequest {
        get { inner.request }
        set { inner = DeployTrack(request: newValue) }
      }
    }
    let base = DeploymentRequest(
      componentId: "c", trackId: "t", imageId: "i", environmentId: "e")
    expectAllDiffer(
      Subject(inner: DeployTrack(request: base)),
      [
        { $0.request.componentId = "x" }, { $0.request.trackId = "x" },
        { $0.request.imageId = "x" }, { $0.request.environmentId = "x" },
        { $0.request.pipelineId = "x" },
        { $0.request.releaseIds = ReleaseIds(releaseId: "x", releaseDeploymentId: "") },
        { $0.request.releaseIds = ReleaseIds(releaseId: "", releaseDeploymentId: "x") },
        { $0.request.apiSettings = APISettings() },
        { $0.request.apiSettings = APISettings(securitySchemes: ["x"]) },
        { $0.request.reason = "x" }, { $0.request.bypassReason = "x" },
        { $0.request.expectedCurrentDeploymentId = "x" },
      ], options: { $0.request.options = options })
    expectAllDiffer(
      CancelDeployment(componentId: "c", trackId: "t", deploymentId: "d"),
      [{ $0.componentId = "x" }, { $0.trackId = "x" }, { $0.deploymentId = "x" }],
      options: { $0.options = options })
    expectAllDiffer(
      ResumeAutoDeploy(componentId: "c", trackId: "t", environmentId: "e"),
      [{ $0.componentId = "x" }, { $0.trackId = "x" }, { $0.environmentId = "x" }],
      options: { $0.options = options })
  }

  @Test func `of configurations`() {
    let endpoint = EndpointDraft(name: "api", type: .rest, port: 8080)
    let settings = [
      APISettings(securitySchemes: ["x"]), APISettings(authorizationHeader: "x"),
      APISettings(isBackendJWTEnabled: true), APISettings(backendJWTAudiences: ["x"]),
      APISettings(operationPolicies: [.init(target: "x", authenticationType: "")]),
      APISettings(operationPolicies: [.init(target: "", authenticationType: "x")]),
      APISettings(rateLimitTier: "x"), APISettings(cors: .init()),
      APISettings(cors: .init(isEnabled: true)), APISettings(cors: .init(allowOrigins: ["x"])),
      APISettings(cors: .init(allowMethods: ["x"])), APISettings(cors: .init(allowHeaders: ["x"])),
      APISettings(cors: .init(exposeHeaders: ["x"])),
    ]
    expectAllDiffer(
      UpdateTrackConfigs(componentId: "c", trackId: "t"),
      [
        { $0.componentId = "x" }, { $0.trackId = "x" }, { $0.endpoints = [endpoint] },
        { $0.endpoints = [endpoint, endpoint] }, { $0.apiSettings = APISettings() },
        { $0.environmentVariables = [.init(name: "x", source: .value("y"))] },
        { $0.environmentVariables = [.init(name: "x", source: .value("z"))] },
        { $0.etag = "x" }, { $0.updateMask = ["endpoints"] },
        { $0.updateMask = ["endpoints", "api_settings"] },
        { $0.setVariables = [.init(name: "x", source: .value("y"))] },
        { $0.setVariables = [.init(name: "x", source: .value("z"))] },
        { $0.removedVariables = ["x"] }, { $0.removedVariables = ["x", "y"] },
      ] + settings.map { settings in { $0.apiSettings = settings } },
      options: { $0.options = options })
    let apply = ApplyComponentConfig(componentId: "c", trackId: "t")
    let changes: [(inout ApplyComponentConfig) -> Void] = [
      { $0.componentId = "x" }, { $0.trackId = "x" }, { $0.commitHash = "x" }, { $0.etag = "x" },
    ]
    let others = changes.map { change in
      var other = apply
      change(&other)
      return digest(SourceConfigApplication(other))
    }
    #expect(Set(others + [digest(SourceConfigApplication(apply))]).count == 5)
  }

  @Test func `of the catalog`() {
    func expectAllDiffer<Draft: CatalogDraft>(
      _ base: Draft, _ changes: [(inout Draft) -> Void],
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      var seen = Set(
        ["", "x"].map { digest(PutResource(draft: base, etag: $0, options: options)) })
      #expect(seen.count == 2, sourceLocation: sourceLocation)
      for (index, change) in changes.enumerated() {
        var other = base
        change(&other)
        #expect(
          seen.insert(digest(PutResource(draft: other, etag: "", options: options))).inserted,
          "change \(index)", sourceLocation: sourceLocation)
      }
    }
    expectAllDiffer(
      OrganizationDraft(id: "o", tier: .free), [{ $0.id = "x" }, { $0.tier = .paid }])
    expectAllDiffer(
      ProjectDraft(id: "p", organizationId: "o"), [{ $0.id = "x" }, { $0.organizationId = "x" }])
    expectAllDiffer(
      EnvironmentDraft(id: "e", projectId: "p", name: "n"),
      [
        { $0.id = "x" }, { $0.projectId = "x" }, { $0.name = "x" },
        { $0.gitopsRepositoryURL = "x" }, { $0.gitopsBranch = "x" }, { $0.gitopsPath = "x" },
      ])
    expectAllDiffer(
      DeploymentPipelineDraft(id: "l", projectId: "p", environmentIds: ["a", "b"]),
      [
        { $0.id = "x" }, { $0.projectId = "x" }, { $0.environmentIds = ["a"] },
        { $0.environmentIds = ["b", "a"] },
      ])
    expectAllDiffer(
      ComponentDraft(id: "c", projectId: "p", type: .service),
      [
        { $0.id = "x" }, { $0.projectId = "x" }, { $0.type = .task },
        { $0.imageSource = .registry },
        { $0.repositoryURL = "x" }, { $0.sourcePath = "x" }, { $0.imageRegistry = "x" },
        { $0.image = "x" }, { $0.autoBuildOnCommit = true }, { $0.autoBuildOnCommit = false },
        { $0.defaultPipelineId = "x" },
      ])
    let deletions = ["a", "b"].map {
      digest(DeleteResource(kind: .component, id: $0, options: options))
    }
    #expect(Set(deletions).count == 2)
  }
}

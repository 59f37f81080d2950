import TestSupport
import Testing
import TrackDomain

/// The contract of references: each alone keeps a resource of the catalog from being deleted. And
/// of puts: they replace the whole resource.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct CatalogUseContractTests: StoreContract {
  /// A resource without references, and a row that refers to it.
  struct Use: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kind: CatalogKind
    var id: String
    /// The references that the store finds; none if the row is no reference.
    var found: [ResourceUse]
    var refer: @Sendable (any StoreTransaction) throws -> Void

    init(
      _ name: String, of kind: CatalogKind, _ id: String, as use: ResourceUse?,
      _ refer: @escaping @Sendable (any StoreTransaction) throws -> Void
    ) {
      testDescription = name
      self.kind = kind
      self.id = id
      found = use.map { [$0] } ?? []
      self.refer = refer
    }

    static func put(_ resource: CatalogResource) -> @Sendable (any StoreTransaction) throws -> Void
    {
      { try $0.putCatalogResource(resource) }
    }

    static func deployment(_ state: DeploymentState, isUse: Bool) -> Use {
      let use = ResourceUse(.deployment, id: "d1", componentId: "cart")
      return Use(
        "a deployment that is \(state)", of: .environment, "spare", as: isUse ? use : nil
      ) {
        try $0.insertTrack(Samples.track("t1"))
        try $0.insertDeployment(Samples.deployment("d1", into: "spare", state: state))
      }
    }
  }

  static let uses = [
    Use(
      "a project", of: .organization, "spare", as: ResourceUse(.project, id: "p"),
      Use.put(.project(Project(id: "p", organizationId: "spare")))),
    Use(
      "a component", of: .project, "spare", as: ResourceUse(.component, id: "c"),
      Use.put(.component(Component(id: "c", projectId: "spare", type: .task)))),
    Use(
      "an environment", of: .project, "spare", as: ResourceUse(.environment, id: "e"),
      Use.put(.environment(Environment(id: "e", projectId: "spare", name: "e")))),
    Use(
      "a pipeline", of: .project, "spare", as: ResourceUse(.deploymentPipeline, id: "d"),
      Use.put(
        .deploymentPipeline(DeploymentPipeline(id: "d", projectId: "spare", environmentIds: [])))),
    Use(
      "a track", of: .component, "cart",
      as: ResourceUse(
        .track, id: "t1", componentId: "cart", version: APIVersion(major: 1, minor: 2))
    ) { try $0.insertTrack(Samples.track("t1", version: APIVersion(major: 1, minor: 2))) },
    Use(
      "a track without a version", of: .component, "cart",
      as: ResourceUse(.track, id: "t1", componentId: "cart")
    ) { try $0.insertTrack(Samples.track("t1")) },
    Use(
      "an image of no track", of: .component, "cart",
      as: ResourceUse(.image, id: "i1", componentId: "cart")
    ) {
      try $0.insertImage(Samples.image("i1", of: ""))
    },
    Use(
      "a stage of a pipeline", of: .environment, "spare",
      as: ResourceUse(.deploymentPipeline, id: "d"),
      Use.put(
        .deploymentPipeline(
          DeploymentPipeline(id: "d", projectId: "shop", environmentIds: ["spare"])))),
    Use(
      "a binding", of: .environment, "spare",
      as: ResourceUse(.track, id: "t1", componentId: "cart")
    ) {
      try $0.insertTrack(Samples.track("t1"))
      try $0.putBinding(Samples.binding(in: "spare"))
    },
    .deployment(.queued, isUse: true), .deployment(.inProgress, isUse: true),
    .deployment(.succeeded, isUse: false), .deployment(.failed, isUse: false),
    Use(
      "a component's default", of: .deploymentPipeline, "spare",
      as: ResourceUse(.component, id: "c"),
      Use.put(
        .component(
          Component(id: "c", projectId: "shop", type: .task, defaultPipelineId: "spare")))),
  ]

  @Test(arguments: uses) func `each reference is a use by itself`(_ use: Use) async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putCatalog($0)
        try $0.putCatalogResource(.organization(Organization(id: "spare", tier: .free)))
        try $0.putCatalogResource(.project(Project(id: "spare", organizationId: "acme")))
        try $0.putCatalogResource(
          .environment(Environment(id: "spare", projectId: "shop", name: "spare")))
        try $0.putCatalogResource(
          .deploymentPipeline(
            DeploymentPipeline(id: "spare", projectId: "shop", environmentIds: [])))
      }
      try await expectRead(store, []) { try $0.uses(of: use.kind, id: use.id, limit: 9) }
      try await store.write { try use.refer($0) }
      try await expectRead(store, use.found) { try $0.uses(of: use.kind, id: use.id, limit: 9) }
    }
  }

  /// Whatever order they were made in, and however few are asked for.
  @Test func `uses are in one order`() async throws {
    let ids = ["b", "d", "a", "c"]
    try await withStore { store in
      try await store.write { transaction in
        try Samples.putCatalog(transaction, components: ids)
        for id in ids {
          for stage in ["dev", "other-\(id)"] {
            try transaction.putCatalogResource(
              .environment(Environment(id: stage, projectId: "shop", name: stage)))
          }
          try transaction.putCatalogResource(
            .deploymentPipeline(
              DeploymentPipeline(id: "p-\(id)", projectId: "shop", environmentIds: ["dev"])))
          for track in ["t2", "t1"] {
            try transaction.insertTrack(Samples.track(track, of: id, branch: track))
            try transaction.putBinding(Samples.binding(track, component: id, in: "dev"))
          }
          for (image, run) in [("x", 2), ("y", 1)] {
            var image = Samples.image("\(image)-\(id)", of: "t1", component: id)
            image.runId = "run \(run)"
            try transaction.insertImage(image)
          }
        }
      }
      func uses(_ kind: CatalogKind, _ id: String, _ limit: Int) async throws -> [String] {
        try await store.read {
          try $0.uses(of: kind, id: id, limit: limit).map {
            $0.componentId.isEmpty ? $0.id : "\($0.componentId)/\($0.id)"
          }
        }
      }
      let components = ["a", "b", "c", "d"]
      let environments = ["dev"] + components.map { "other-\($0)" } + ["prod"]
      let pipelines = ["main"] + components.map { "p-\($0)" }
      let expected: [(CatalogKind, String, [String])] = [
        (.project, "shop", components + environments + pipelines),
        (.deploymentPipeline, "main", components),
        (.component, "c", ["c/t1", "c/t2", "c/y-c", "c/x-c"]),
        // Components in the order in which they were made.
        (.environment, "dev", pipelines + ids.flatMap { ["\($0)/t1", "\($0)/t2"] }),
      ]
      for (kind, id, all) in expected {
        for limit in 1...all.count + 1 {
          let found = try await uses(kind, id, limit)
          #expect(found == Array(all.prefix(limit)), "\(limit) of \(kind) \(id)")
        }
      }
    }
  }

  /// Two states of each resource, which differ in every field that can change.
  static let states: [(CatalogResource, CatalogResource)] = [
    (
      .organization(Organization(id: "x", tier: .free)),
      .organization(Organization(id: "x", tier: .paid))
    ),
    (
      .project(Project(id: "x", organizationId: "acme")),
      .project(Project(id: "x", organizationId: "other"))
    ),
    (
      .environment(Environment(id: "x", projectId: "shop", name: "x")),
      .environment(
        Environment(
          id: "x", projectId: "second", name: "X", gitopsRepositoryURL: "https://git/x",
          gitopsBranch: "live", gitopsPath: "apps/x"))
    ),
    (
      .deploymentPipeline(
        DeploymentPipeline(id: "x", projectId: "shop", environmentIds: ["dev", "prod"])),
      .deploymentPipeline(DeploymentPipeline(id: "x", projectId: "second", environmentIds: []))
    ),
    (
      .component(Component(id: "x", projectId: "shop", type: .task)),
      .component(
        Component(
          id: "x", projectId: "second", type: .service, imageSource: .registry,
          repositoryURL: "https://git/x", sourcePath: "src", imageRegistry: "ghcr.io/acme",
          image: "x", autoBuildOnCommit: true, defaultPipelineId: "line"))
    ),
  ]

  @Test(arguments: states) func `a put replaces every field`(
    _ first: CatalogResource, _ second: CatalogResource
  ) async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putCatalog($0)
        try $0.putCatalogResource(.organization(Organization(id: "other", tier: .free)))
        try $0.putCatalogResource(.project(Project(id: "second", organizationId: "other")))
        try $0.putCatalogResource(
          .deploymentPipeline(
            DeploymentPipeline(id: "line", projectId: "second", environmentIds: [])))
      }
      let kind = type(of: first.value).kind
      for state in [first, second, first] {
        try await store.write { try $0.putCatalogResource(state) }
        try await expectRead(store, state) { try $0.catalogResource(kind, id: "x") }
      }
    }
  }
}

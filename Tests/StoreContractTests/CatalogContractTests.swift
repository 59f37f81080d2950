import TestSupport
import Testing
import TrackDomain

/// The contract of the catalog.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct CatalogContractTests: StoreContract {
  static let resources: [CatalogResource] = [
    .organization(Organization(id: "acme", tier: .free)),
    .project(Project(id: "shop", organizationId: "acme")),
    .environment(
      Environment(
        id: "dev", projectId: "shop", name: "Entwicklung", gitopsRepositoryURL: "https://git/x",
        gitopsBranch: "main", gitopsPath: "apps")),
    .environment(Environment(id: "prod", projectId: "shop", name: "prod")),
    .deploymentPipeline(
      DeploymentPipeline(id: "main", projectId: "shop", environmentIds: ["prod", "dev"])),
    .component(
      Component(
        id: "cart", projectId: "shop", type: .service, imageSource: .registry,
        repositoryURL: "https://git/cart", sourcePath: "src", imageRegistry: "ghcr.io/acme",
        image: "cart", autoBuildOnCommit: false, defaultPipelineId: "main")),
    .component(Component(id: "site", projectId: "shop", type: .webApp)),
  ]

  @Test func `a resource that was put is read as it was`() async throws {
    try await withStore { store in
      try await store.write { transaction in
        for resource in Self.resources { try transaction.putCatalogResource(resource) }
      }
      for resource in Self.resources {
        let value = resource.value
        let found = try await store.read {
          try $0.catalogResource(type(of: value).kind, id: value.id)
        }
        #expect(found == resource)
      }
      let missing = try await store.read { try $0.catalogResource(.component, id: "nobody") }
      #expect(missing == nil)
    }
  }

  @Test func `a put replaces what was there, and the latest track stays`() async throws {
    try await withStore { store in
      try await store.write { transaction in
        for resource in Self.resources { try transaction.putCatalogResource(resource) }
        try transaction.insertTrack(Samples.track("t1", version: APIVersion("v1.0")))
      }
      let changed = Component(
        id: "cart", projectId: "shop", type: .task, autoBuildOnCommit: true)
      let pipeline = DeploymentPipeline(id: "main", projectId: "shop", environmentIds: ["dev"])
      try await store.write { transaction in
        try transaction.putCatalogResource(.component(changed))
        try transaction.putCatalogResource(.deploymentPipeline(pipeline))
      }
      let context = try await store.read { try $0.component("cart") }
      #expect(
        context
          == ComponentContext(
            component: changed, organizationId: "acme", tier: .free, latestTrackId: "t1"))
      let found = try await store.read { try $0.catalogResource(.deploymentPipeline, id: "main") }
      #expect(found == .deploymentPipeline(pipeline))
    }
  }

  @Test func `lists go by id, a page at a time, within the parent`() async throws {
    try await withStore { store in
      let ids = (0..<25).map { "c\($0)" }
      try await store.write { transaction in
        try Samples.putCatalog(transaction, components: ids)
        try transaction.putCatalogResource(.project(Project(id: "other", organizationId: "acme")))
        try transaction.putCatalogResource(
          .component(Component(id: "c10a", projectId: "other", type: .task)))
      }
      var found: [String] = []
      while true {
        let after = found.last ?? ""
        let page = try await store.read {
          try $0.catalogResources(.component, parentId: "shop", after: after, limit: 10)
        }
        found += page.map(\.value.id)
        if page.count < 10 { break }
      }
      #expect(found == ids.sorted())
      let organizations = try await store.read {
        try $0.catalogResources(.organization, parentId: nil, after: "", limit: 10)
      }
      #expect(organizations.map(\.value.id) == ["acme"])
    }
  }

  @Test func `what others refer to is in use, and cannot be deleted`() async throws {
    try await withStore { store in
      try await store.write { transaction in
        try Samples.putCatalog(transaction)
        try transaction.insertTrack(Samples.track("t1"))
      }
      let used: [(CatalogKind, String)] = [
        (.organization, "acme"), (.project, "shop"), (.component, "cart"),
        (.environment, "dev"), (.deploymentPipeline, "main"),
      ]
      for (kind, id) in used {
        try await expectRead(store, true) { try !$0.uses(of: kind, id: id, limit: 1).isEmpty }
        await expectRefusal(store) { try $0.deleteCatalogResource(kind, id: id) }
        try await expectRead(store, true) { try $0.catalogResource(kind, id: id) != nil }
      }
    }
  }

  @Test func `what nobody refers to is deleted, last things first`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      let order: [(CatalogKind, String)] = [
        (.component, "cart"), (.deploymentPipeline, "main"), (.environment, "dev"),
        (.environment, "prod"), (.project, "shop"), (.organization, "acme"),
      ]
      for (kind, id) in order {
        try await expectRead(store, false) { try !$0.uses(of: kind, id: id, limit: 1).isEmpty }
        try await store.write { try $0.deleteCatalogResource(kind, id: id) }
        try await expectRead(store, nil) { try $0.catalogResource(kind, id: id) }
      }
    }
  }

  @Test(arguments: [
    CatalogResource.project(Project(id: "p", organizationId: "nobody")),
    .component(Component(id: "c", projectId: "nobody", type: .task)),
    .component(Component(id: "c", projectId: "shop", type: .task, defaultPipelineId: "nobody")),
    .deploymentPipeline(
      DeploymentPipeline(id: "d", projectId: "shop", environmentIds: ["dev", "nobody"])),
    .deploymentPipeline(
      DeploymentPipeline(id: "d", projectId: "shop", environmentIds: ["dev", "dev"])),
    .deploymentPipeline(
      DeploymentPipeline(id: "d", projectId: "other", environmentIds: ["dev"])),
    .component(Component(id: "c", projectId: "other", type: .task, defaultPipelineId: "main")),
  ])
  func `a reference to nothing, or into another project, is refused whole`(
    _ resource: CatalogResource
  ) async throws {
    try await withStore { store in
      try await store.write { transaction in
        try Samples.putCatalog(transaction)
        try transaction.putCatalogResource(.project(Project(id: "other", organizationId: "acme")))
      }
      await expectRefusal(store) { try $0.putCatalogResource(resource) }
      let value = resource.value
      try await expectRead(store, nil) {
        try $0.catalogResource(type(of: value).kind, id: value.id)
      }
    }
  }

  @Test func `a folder is found by those that are, contain or lie within it`() async throws {
    @Sendable func environment(
      _ id: String, _ path: String, url: String, branch: String
    ) -> CatalogResource {
      .environment(
        Environment(
          id: id, projectId: "shop", name: id, gitopsRepositoryURL: url, gitopsBranch: branch,
          gitopsPath: path))
    }
    let url = "https://git.example/ops.git"
    try await withStore { store in
      try await store.write { transaction in
        try Samples.putCatalog(transaction)
        for resource in [
          environment("x", "clusters/eu", url: "git@git.example:ops", branch: "main"),
          environment("y", "else", url: url, branch: ""),
          environment("z", "clusters/eu", url: "https://git.example/other.git", branch: "main"),
        ] { try transaction.putCatalogResource(resource) }
      }
      func found(_ path: String, branch: String = "main", besides id: String = "n") async throws
        -> String?
      {
        try await store.read { reader in
          let place = DeploymentPlace(repositoryURL: url, branch: branch, path: path)
          return try reader.environment(overlapping: place, besides: id)?.id
        }
      }
      for path in ["clusters/eu", "clusters//eu/", "clusters", "clusters/eu/west/1"] {
        #expect(try await found(path) == "x")
        #expect(try await found(path, branch: "") == "x")
        #expect(try await found(path, branch: "other") == nil)
        #expect(try await found(path, besides: "x") == nil)
      }
      for path in [
        "cluster", "clusters/e", "clusters/eu-west", "clusters/eu.d", "clusters/eu0", "z",
      ] {
        #expect(try await found(path) == nil)
      }
      // An environment without a branch may be on any branch.
      #expect(try await found("else/a", branch: "other") == "y")
      #expect(try await found(".", branch: "other") == "y")
      // An environment that moved is found at its new place only.
      try await store.write { transaction in
        try transaction.putCatalogResource(environment("x", ".", url: url, branch: "main"))
      }
      #expect(try await found("clusters/us") == "x")
    }
  }
}

import TestSupport
import Testing
import TrackDomain

/// What every store gives a decision to be based on, in one call each.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct FactsContractTests: StoreContract {
  /// Track `t1` has `i1` in dev, and one on its way there; `t2` is the latest and being deleted.
  private static func fill(_ transaction: any StoreTransaction) throws {
    try Samples.putCatalog(transaction)
    var track = Samples.track(
      "t1", version: APIVersion(major: 1, minor: 0), endpoints: [Samples.endpoint("e")])
    track.autoDeployEnabled = true
    try Samples.create(track, in: transaction)
    try Samples.create(Samples.track("t2", branch: "next"), in: transaction)
    for (id, commit) in [("i1", "0f"), ("i2", "0f"), ("i3", "aa")] {
      try transaction.insertImage(Samples.image(id, commit: commit))
    }
    for (id, image, state) in [
      ("d1", "i1", DeploymentState.succeeded), ("d2", "i3", .failed), ("d3", "i3", .inProgress),
      ("d4", "i3", .queued),
    ] {
      let deployment = Samples.deployment(id, of: image, state: state)
      try transaction.insertDeployment(deployment)
      if state.isFinal { continue }
      var operation = Samples.operation(for: deployment)
      if state == .inProgress { operation.step = .publishing }
      try transaction.insertOperation(operation)
    }
    try transaction.putBinding(Samples.binding(deployment: "d1", image: "i1"))
    try transaction.insertOperation(Samples.deletion("o", of: "t2"))
  }

  private func with(_ body: (any TrackStore) async throws -> Void) async throws {
    try await withStore { store in
      try await store.write { try Self.fill($0) }
      try await body(store)
    }
  }

  private static func query(
    _ trackId: String = "t1", into environmentId: String = "", along pipelineId: String = "",
    of imageId: String = ""
  ) -> DeploymentFactsQuery {
    DeploymentFactsQuery(
      componentId: "cart", trackId: trackId, environmentId: environmentId,
      pipelineId: pipelineId, imageId: imageId)
  }

  @Test func `a track comes with its deletion`() async throws {
    try await with { store in
      try await expectRead(store, ["nil", "o", "none"]) { reader in
        try ["t1", "t2", "t3"].map { id in
          guard let found = try reader.trackWithDeletion(componentId: "cart", id: id) else {
            return "none"
          }
          return found.deletion?.id ?? "nil"
        }
      }
    }
  }

  @Test func `what stands in the way of a new track`() async throws {
    try await with { store in
      func facts(
        _ id: String, _ version: APIVersion?, _ branch: String, limit: Int = 9
      ) async throws -> CreationFacts {
        try await store.read {
          try $0.creationFacts(
            CreationFactsQuery(
              componentId: "cart", id: id, version: version, branch: branch, countLimit: limit))
        }
      }
      let same = try await facts("t1", APIVersion(major: 1, minor: 0), "next")
      #expect(same.twinId == "t1" && same.isIdTaken && same.trackCount == 2)
      #expect(same.latest?.id == "t2")
      let other = try await facts("", APIVersion(major: 1, minor: 1), "next", limit: 1)
      #expect(other.twinId == nil && !other.isIdTaken && other.trackCount == 1)
      #expect(try await facts("t3", nil, "next").twinId == "t2")
      #expect(try await facts("t3", nil, "main").twinId == nil)
    }
  }

  @Test func `what a deletion decides on`() async throws {
    try await with { store in
      let first = try #require(
        try await store.read { try $0.deletionFacts(componentId: "cart", trackId: "t1") })
      #expect(first.heir == nil && first.bindings.map(\.environmentId) == ["dev"])
      #expect(first.unfinished.map(\.id) == ["d3", "d4"] && first.publishing == ["d3"])
      let running = try await store.read {
        try $0.deletionFacts(componentId: "cart", trackId: "t2")
      }
      #expect(running?.track.deletion?.id == "o")
      try await store.write {
        try Samples.create(Samples.track("t3", branch: "third"), in: $0)
      }
      // One that is being deleted is passed over.
      try await expectRead(store, "t1") {
        try $0.deletionFacts(componentId: "cart", trackId: "t3")?.heir?.id
      }
      try await expectRead(store, nil) {
        try $0.deletionFacts(componentId: "cart", trackId: "t4")
      }
    }
  }

  @Test func `what a deployment decides on`() async throws {
    try await with { store in
      let first = try await store.read { try $0.deploymentFacts(Self.query(of: "i1")) }
      #expect(first.track?.track.id == "t1" && first.image?.id == "i1")
      #expect(first.pipeline?.id == "main" && first.environment?.id == "dev")
      #expect(first.binding?.currentDeploymentId == "d1" && first.previousBinding == nil)
      #expect(first.unfinished.map(\.id) == ["d3", "d4"])
      #expect(first.configs?.endpoints.map(\.name) == ["e"])
      let second = try await store.read { try $0.deploymentFacts(Self.query(into: "prod")) }
      #expect(second.environment?.id == "prod" && second.binding == nil)
      #expect(second.previousBinding?.currentDeploymentId == "d1" && second.unfinished.isEmpty)
      let astray = try await store.read {
        try $0.deploymentFacts(Self.query("new", into: "nowhere", along: "none", of: "none"))
      }
      #expect(astray == DeploymentFacts())
      // A track without a branch may deploy what it deployed before.
      try await store.write {
        guard var track = try $0.track(componentId: "cart", id: "t1") else { return }
        track.branch = ""
        try $0.updateTrack(track)
      }
      for (image, wasDeployed) in [("i1", true), ("i3", false)] {
        try await expectRead(store, wasDeployed) {
          try $0.deploymentFacts(Self.query(of: image)).wasDeployed
        }
      }
    }
  }

  @Test func `what a rollback goes back to`() async throws {
    try await with { store in
      let alone = try await store.read { try $0.rollbackFacts(Self.query()) }
      #expect(alone.current?.id == "d1" && alone.restored == nil && alone.wasDeployed)
      #expect(alone.newer.map(\.id) == ["d4", "d3", "d2"])
      try await store.write { transaction in
        try transaction.insertDeployment(
          Samples.deployment("d5", of: "i2", state: .succeeded))
        try transaction.insertDeployment(
          Samples.deployment("d6", of: "i3", state: .succeeded))
        try transaction.putBinding(Samples.binding(deployment: "d6", image: "i3"))
      }
      let last = try await store.read { try $0.rollbackFacts(Self.query()) }
      #expect(last.current?.id == "d6" && last.restored?.id == "d5" && last.newer.isEmpty)
      #expect(last.restoredImage?.id == "i2")
      #expect(last.restoredConfigs?.endpoints.map(\.name) == ["e"])
      let wanted = try await store.read { try $0.rollbackFacts(Self.query(of: "i1")) }
      #expect(wanted.restored?.id == "d1" && wanted.restoredImage?.id == "i1")
      let current = try await store.read { try $0.rollbackFacts(Self.query(of: "i3")) }
      #expect(current.restored == nil && current.wasDeployed)
    }
  }

  @Test func `what the save of an image decides on`() async throws {
    try await with { store in
      func facts(_ trackId: String, _ run: String, _ commit: String) async throws -> SaveFacts {
        try await store.read {
          try $0.saveFacts(
            SaveFactsQuery(
              componentId: "cart", trackId: trackId, runId: run, commitHash: commit,
              environmentId: "", replacedLimit: 9))
        }
      }
      let found = try await facts("t1", "new", "0f")
      #expect(found.saved == nil && found.replaced.map(\.id) == ["i1", "i2"])
      #expect(found.rivals.map(\.id) == ["i3", "i3", "i1"])
      let deployment = try await store.read { try $0.deploymentFacts(Self.query()) }
      #expect(found.deployment == deployment && found.track == deployment.track)
      let run = Samples.image("i1").runId
      #expect(try await facts("t1", run, "").saved?.id == "i1")
      // It does not deploy by itself.
      #expect(try await facts("t2", "new", "").deployment == nil)
      #expect(try await facts("", "new", "") == SaveFacts())
    }
  }

  @Test func `what a deployer has to know comes in the order of the deployments`() async throws {
    try await with { store in
      var deployment = Samples.deployment("d4", of: "i3")
      deployment.configRevision = 1
      var lost = Samples.deployment("lost", of: "none", track: "none", into: "prod")
      lost.configRevision = 7
      let parts = try await store.read { [deployment, lost] in
        try $0.parts(of: [lost, deployment, lost]).map { try $0.get() }
      }
      #expect(parts.map(\.track?.id) == [nil, "t1", nil])
      #expect(parts[1].component?.component.id == "cart" && parts[1].image?.id == "i3")
      #expect(parts[1].configs?.endpoints.map(\.name) == ["e"])
      #expect(parts[1].binding?.currentDeploymentId == "d1")
      #expect(parts[0].image == nil && parts[0].configs == nil && parts[0].binding == nil)
    }
  }

  @Test func `resources of the catalog are found by their names, of all types at once`()
    async throws
  {
    try await with { store in
      let keys: Set = [
        CatalogKey(.project, "shop"), CatalogKey(.environment, "dev"),
        CatalogKey(.environment, "shop"), CatalogKey(.component, "none"),
      ]
      let found = try await store.read { try $0.catalogResources(at: keys) }
      #expect(Set(found.keys) == [CatalogKey(.project, "shop"), CatalogKey(.environment, "dev")])
      #expect(found.allSatisfy { $0.value.value.id == $0.key.id })
    }
  }
}

import TestSupport
import Testing
import TrackDomain

/// The contract of bindings: what is active in the environments.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct BindingContractTests: StoreContract {
  @Sendable private func deploy(_ transaction: any StoreTransaction) throws {
    try Samples.putTracks(transaction)
    try transaction.insertImage(Samples.image("i1"))
    try transaction.insertDeployment(Samples.deployment("d1", state: .succeeded))
  }

  @Test func `a binding is added and replaced`() async throws {
    let held = Samples.binding(heldBy: "d9")
    let dev = Samples.binding(deployment: "d1", image: "i1")
    let prod = Samples.binding(
      in: "prod", deployment: "d1", image: "i1", heldBy: "d9", place: Samples.place("clusters/prod")
    )
    try await withReopenedStore {
      try deploy($0)
      // The binding that replaces this one has no place.
      try $0.putBinding(Samples.binding(place: Samples.place("old")))
      try $0.putBinding(held)
      #expect(
        try $0.binding(componentId: "cart", trackId: "t1", environmentId: "dev") == held)
      try $0.putBinding(dev)
      try $0.putBinding(prod)
      try $0.putBinding(Samples.binding("t2"))
    } check: { store in
      try await expectRead(store, dev) {
        try $0.binding(componentId: "cart", trackId: "t1", environmentId: "dev")
      }
      try await expectRead(store, nil) {
        try $0.binding(componentId: "cart", trackId: "t2", environmentId: "prod")
      }
      try await expectRead(store, [dev, prod]) {
        try $0.bindings(componentId: "cart", trackId: "t1")
      }
    }
  }

  @Test func `a track is read with what is active of it, by environment, up to a limit`()
    async throws
  {
    let configs = TrackConfigs(endpoints: [Samples.endpoint("api")])
    var plain = Samples.deployment("d2", of: "gone", into: "prod", state: .succeeded)
    plain.configRevision = 0
    var lost = Samples.deployment("d3", into: "qa", state: .succeeded)
    lost.configRevision = 7
    try await withReopenedStore { [plain, lost] in
      try deploy($0)
      try $0.putCatalogResource(.environment(Environment(id: "qa", projectId: "shop", name: "qa")))
      try $0.replaceEndpoints(of: Samples.track("t1", endpoints: configs.endpoints))
      for deployment in [plain, lost] { try $0.insertDeployment(deployment) }
      for (environmentId, id) in [("qa", "d3"), ("dev", "d1"), ("prod", "d2")] {
        try $0.putBinding(
          Samples.binding(
            in: environmentId, deployment: id, image: "i1",
            place: id == "d1" ? Samples.place("a") : nil))
      }
      try $0.putBinding(Samples.binding("t2", heldBy: "d1"))
    } check: { [plain, lost] store in
      let found = try await store.read {
        try $0.deployedTrack(componentId: "cart", id: "t1", limit: 9)
      }
      let track = try await store.read { try $0.track(componentId: "cart", id: "t1") }
      #expect(found?.track == track && found?.track.endpoints == configs.endpoints)
      #expect(found?.component?.id == "cart" && found?.component?.defaultPipelineId == "main")
      let image = Samples.image("i1")
      let first = Samples.deployment("d1", state: .succeeded)
      let expected: [(Deployment, Bool, TrackImage?, TrackConfigs?)] = [
        (first, true, image, TrackConfigs()), (plain, false, nil, TrackConfigs()),
        (lost, false, image, nil),
      ]
      let active = try #require(found?.active)
      #expect(active.count == 3)
      for (one, expected) in zip(active, expected) {
        var deployment = one.deployment
        deployment.sequence = 0
        #expect(deployment == expected.0 && one.hasPlace == expected.1)
        #expect(one.image == expected.2 && one.configs == expected.3)
      }
      try await expectRead(store, ["dev", "prod"]) {
        try $0.deployedTrack(componentId: "cart", id: "t1", limit: 2)?
          .active.map(\.deployment.environmentId)
      }
      let other = try await store.read { try $0.track(componentId: "cart", id: "t2") }
      try await expectRead(store, other.map { TrackWithActive($0) }) {
        try $0.deployedTrack(componentId: "cart", id: "t2", limit: 9)
      }
      try await expectRead(store, nil) {
        try $0.deployedTrack(componentId: "site", id: "t1", limit: 9)
      }
    }
  }

  @Test func `a binding refers to rows that exist`() async throws {
    try await withStore { store in
      try await store.write { try deploy($0) }
      for spoil: (inout EnvironmentBinding) -> Void in [
        { $0.currentDeploymentId = "nobody" }, { $0.currentImageId = "nobody" },
        { $0.currentImageId = "" }, { $0.environmentId = "nowhere" }, { $0.trackId = "nobody" },
        { $0.componentId = "nobody" },
      ] {
        var binding = Samples.binding(deployment: "d1", image: "i1")
        spoil(&binding)
        await expectRefusal(store) { [binding] in try $0.putBinding(binding) }
      }
    }
  }

  @Test func `an environment is in use while something is or will be there`() async throws {
    try await withStore { store in
      try await store.write {
        try deploy($0)
        for id in ["a", "b", "c"] {
          try $0.putCatalogResource(
            .environment(Environment(id: id, projectId: "shop", name: id)))
        }
        try $0.putBinding(Samples.binding(in: "a", deployment: "d1", image: "i1"))
        try $0.insertDeployment(Samples.deployment("d2", into: "b"))
        try $0.insertDeployment(Samples.deployment("d3", into: "c", state: .failed))
      }
      for (id, expected) in [("a", true), ("b", true), ("c", false)] {
        try await expectRead(store, expected) {
          try !$0.uses(of: .environment, id: id, limit: 1).isEmpty
        }
      }
      await expectRefusal(store) { try $0.deleteCatalogResource(.environment, id: "a") }
      try await store.write { try $0.deleteCatalogResource(.environment, id: "c") }
    }
  }
}

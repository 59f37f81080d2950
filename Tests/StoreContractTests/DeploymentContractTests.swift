import TestSupport
import Testing
import TrackDomain

/// The contract of deployments, and of the bindings that name them.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct DeploymentContractTests: StoreContract {
  private func ids(
    _ store: any TrackStore, into environmentId: String? = nil, of imageId: String? = nil,
    state: DeploymentState? = nil, before: Int64? = nil, limit: Int = 100
  ) async throws -> [String] {
    try await store.read {
      try $0.deployments(
        DeploymentQuery(
          componentId: "cart", trackId: "t1", environmentId: environmentId, imageId: imageId,
          state: state, before: before, limit: limit)
      ).deployments.map(\.id)
    }
  }

  @Test func `a deployment gets the next place in the history and keeps all of its fields`()
    async throws
  {
    var second = Samples.deployment("d2", into: "prod", state: .failed, at: 5)
    second.kind = .rollback
    second.releaseId = "r"
    second.releaseDeploymentId = "rd"
    second.apiSettings = nil
    second.rollbackOf = "d1"
    second.restores = "d0"
    second.rolledBackBy = "d3"
    second.holdsAutoDeploy = true
    second.bypassReason = "urgent"
    second.error = "no space"
    second.gitopsHash = "0f"
    try await withReopenedStore { [second] in
      try Samples.putTracks($0)
      try $0.insertDeployment(Samples.deployment("d1"))
      try $0.insertDeployment(second)
    } check: { [second] store in
      let first = try await store.read { try $0.deployment(componentId: "cart", id: "d1") }
      let found = try await store.read { try $0.deployment(componentId: "cart", id: "d2") }
      var expected = second
      expected.sequence = try #require(found).sequence
      let before = try #require(first).sequence
      #expect(before > 0 && expected.sequence > before)
      #expect(found == expected)
      try await expectRead(store, nil) { try $0.deployment(componentId: "site", id: "d2") }
      let all = try await ids(store)
      #expect(all == ["d2", "d1"])
    }
  }

  @Test func `what changes of a deployment is written`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertDeployment(Samples.deployment("d1"))
      }
      let stored = try await store.read { try $0.deployment(componentId: "cart", id: "d1") }
      var deployment = try #require(stored)
      deployment.state = .inProgress
      deployment.startedAt = Samples.time(3)
      deployment.kind = .redeploy
      deployment.bypassReason = "urgent"
      deployment.releaseId = "r"
      deployment.releaseDeploymentId = "rd"
      try await store.write { [deployment] in try $0.updateDeployment(deployment) }
      try await expectRead(store, deployment) { try $0.deployment(componentId: "cart", id: "d1") }
      deployment.state = .succeeded
      deployment.endedAt = Samples.time(4)
      deployment.gitopsHash = "0f"
      try await store.write { [deployment] in try $0.updateDeployment(deployment) }
      deployment.rolledBackBy = "d2"
      deployment.holdsAutoDeploy = true
      try await store.write { [deployment] in try $0.updateDeployment(deployment) }
      try await expectRead(store, deployment) { try $0.deployment(componentId: "cart", id: "d1") }
    }
  }

  @Test func `the history is paged by environment, image and state`() async throws {
    let states: [DeploymentState] = [.succeeded, .failed, .cancelled, .superseded]
    try await withReopenedStore {
      try Samples.putTracks($0)
      for number in 0..<24 {
        try $0.insertDeployment(
          Samples.deployment(
            "d\(number)", of: "i\(number % 3)", into: number % 2 == 0 ? "dev" : "prod",
            state: states[number % 4]))
      }
      try $0.insertDeployment(Samples.deployment("other", track: "t2"))
    } check: { store in
      func expected(_ condition: (Int) -> Bool) -> [String] {
        (0..<24).reversed().filter(condition).map { "d\($0)" }
      }
      let found = [
        try await ids(store), try await ids(store, into: "prod"),
        try await ids(store, into: "dev", state: .succeeded),
        try await ids(store, into: "dev", of: "i1", state: .succeeded),
        try await ids(store, into: "prod", of: "i1", state: .failed),
        try await ids(store, into: "prod", of: "i2"), try await ids(store, into: "qa"),
      ]
      #expect(found[0] == expected { _ in true })
      #expect(found[1] == expected { $0 % 2 == 1 })
      #expect(found[2] == expected { $0 % 4 == 0 })
      #expect(found[3] == expected { $0 % 4 == 0 && $0 % 3 == 1 })
      #expect(found[4] == expected { $0 % 4 == 1 && $0 % 3 == 1 })
      #expect(found[5] == expected { $0 % 2 == 1 && $0 % 3 == 2 })
      #expect(found[6] == [])
    }
  }

  @Test func `a page that is full says where the next one starts`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        for number in 0..<7 {
          try $0.insertDeployment(Samples.deployment("d\(number)", state: .succeeded))
        }
      }
      var found: [String] = []
      var before: Int64?
      var pages = 0
      repeat {
        let page = try await store.read { [before] in
          try $0.deployments(
            DeploymentQuery(componentId: "cart", trackId: "t1", before: before, limit: 3))
        }
        found += page.deployments.map(\.id)
        before = page.next
        pages += 1
      } while before != nil && pages < 9
      #expect(found == (0..<7).reversed().map { "d\($0)" })
      #expect(pages == 3)
    }
  }

  @Test func `a page that finds little ends after a bounded walk and goes on from there`()
    async throws
  {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        for number in 0..<2500 {
          try $0.insertDeployment(
            Samples.deployment("d\(number)", state: number == 0 ? .cancelled : .failed))
        }
      }
      var found: [String] = []
      var before: Int64?
      var pages = 0
      repeat {
        let page = try await store.read { [before] in
          try $0.deployments(
            DeploymentQuery(
              componentId: "cart", trackId: "t1", environmentId: "dev", state: .cancelled,
              before: before, limit: 1))
        }
        found += page.deployments.map(\.id)
        before = page.next
        pages += 1
      } while before != nil && pages < 9
      #expect(found == ["d0"])
      #expect(pages == 3)
    }
  }

  @Test func `unfinished ones are one that waits and one in progress for each environment`()
    async throws
  {
    try await withReopenedStore {
      try Samples.putTracks($0)
      try $0.insertDeployment(Samples.deployment("d1", state: .succeeded))
      try $0.insertDeployment(Samples.deployment("d2", state: .inProgress))
      try $0.insertDeployment(Samples.deployment("d3", into: "prod"))
      try $0.insertDeployment(Samples.deployment("d4"))
      try $0.insertDeployment(Samples.deployment("d5", track: "t2"))
    } check: { store in
      for (environmentId, expected) in [
        (nil, ["d2", "d3", "d4"]), ("dev", ["d2", "d4"]), ("prod", ["d3"]), ("qa", []),
      ] {
        try await expectRead(store, expected) {
          try $0.unfinishedDeployments(
            componentId: "cart", trackId: "t1", environmentId: environmentId
          ).map(\.id)
        }
      }
      await expectRefusal(store) { try $0.insertDeployment(Samples.deployment("d6")) }
      await expectRefusal(store) {
        try $0.insertDeployment(Samples.deployment("d7", state: .inProgress))
      }
    }
  }

  @Test func `whether an image was deployed counts successes from its track`() async throws {
    try await withReopenedStore {
      try Samples.putCatalog($0)
      for id in ["t1", "t2"] {
        let version = APIVersion(major: 1, minor: id == "t1" ? 1 : 2)
        try Samples.create(Samples.track(id, version: version, branch: ""), in: $0)
      }
      for id in ["good", "bad", "soon"] { try $0.insertImage(Samples.image(id)) }
      try $0.insertDeployment(Samples.deployment("d1", of: "good", state: .succeeded))
      try $0.insertDeployment(Samples.deployment("d2", of: "bad", state: .failed))
      try $0.insertDeployment(Samples.deployment("d3", of: "soon"))
    } check: { store in
      for (imageId, trackId, expected) in [
        ("good", "t1", true), ("good", "t2", false), ("bad", "t1", false), ("soon", "t1", false),
      ] {
        try await expectRead(store, expected) {
          try $0.deploymentFacts(
            DeploymentFactsQuery(componentId: "cart", trackId: trackId, imageId: imageId)
          ).wasDeployed
        }
      }
    }
  }

  @Test(arguments: DeploymentState.allCases.filter(\.isFinal))
  func `a deployment that has ended stays as it is`(_ state: DeploymentState) async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertDeployment(Samples.deployment("d1", state: state))
      }
      for other in DeploymentState.allCases where other != state {
        await expectRefusal(store) {
          try $0.updateDeployment(Samples.deployment("d1", state: other))
        }
      }
    }
  }

  @Test func `the schema refuses deployments that cannot be`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertDeployment(Samples.deployment("d1", state: .failed))
      }
      let refused: [(inout Deployment) -> Void] = [
        { $0.id = "d1" }, { $0.trackId = "nobody" }, { $0.componentId = "nobody" },
        { $0.releaseId = "alone" }, { $0.endedAt = Samples.time() }, { $0.state = .succeeded },
        { $0.state = .inProgress },
      ]
      for spoil in refused {
        var deployment = Samples.deployment("d2")
        spoil(&deployment)
        await expectRefusal(store) { [deployment] in try $0.insertDeployment(deployment) }
      }
      await expectRefusal(store) { try $0.updateDeployment(Samples.deployment("nobody")) }
    }
  }
}

import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// How often the database is asked for what decisions are based on: a closure runs once more for
/// each time.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct RoundTripTests {
  private func roundTrips(
    _ store: PostgreSQLTrackStore, _ body: @escaping @Sendable (any StoreReader) throws -> Void
  ) async throws -> Int {
    let runs = Atomic(0)
    try await store.read { reader in
      runs.add(1, ordering: .relaxed)
      try body(reader)
    }
    return runs.load(ordering: .relaxed) - 1
  }

  private func withStore(_ body: (PostgreSQLTrackStore) async throws -> Void) async throws {
    try await withServers(1) { stores, _ in
      try await stores[0].write { transaction in
        try Samples.create(Samples.track("t1"), in: transaction)
        try transaction.insertImage(Samples.image("i1", commit: "0f"))
      }
      try await body(stores[0])
    }
  }

  @Test func `what a call is decided on is asked for at once, or almost`() async throws {
    try await withStore { store in
      let deploying = DeploymentFactsQuery(
        componentId: "cart", trackId: "t1", environmentId: "dev", imageId: "i1")
      let deployed = try await roundTrips(store) { _ = try $0.deploymentFacts(deploying) }
      // The component, its pipeline, and the configuration of the track come one after the other.
      #expect(deployed <= 4)
      let creating = CreationFactsQuery(
        componentId: "cart", id: "x5", version: nil, branch: "b5", countLimit: 10)
      let created = try await roundTrips(store) { _ = try $0.creationFacts(creating) }
      #expect(created <= 2)
      let saving = SaveFactsQuery(
        componentId: "cart", trackId: "t1", runId: "run-i1", commitHash: "0f", environmentId: "",
        replacedLimit: 10)
      let saved = try await roundTrips(store) { _ = try $0.saveFacts(saving) }
      #expect(saved <= 2)
    }
  }

  @Test func `environments for which deployments wait are found at once`() async throws {
    try await withStore { store in
      var waiting: [String] = []
      for count in [1, 40] {
        let ids = (0..<count).map { "e\(100 + $0)" }.filter { !waiting.contains($0) }
        try await store.write { transaction in
          for id in ids {
            try transaction.putCatalogResource(
              .environment(Environment(id: id, projectId: "shop", name: id)))
            let deployment = Samples.deployment("in-\(id)", into: id)
            try transaction.insertDeployment(deployment)
            try transaction.insertOperation(Samples.operation(for: deployment))
          }
        }
        waiting += ids
        let expected = waiting
        let trips = try await roundTrips(store) { reader in
          let found = try reader.waitingEnvironments(after: "", limit: 200)
          #expect(found.map(\.id) == expected)
          let keys = Set(found.map { CatalogKey(.environment, $0.id) })
          _ = try reader.catalogResources(at: keys)
        }
        #expect(trips == 2)
      }
    }
  }

  @Test func `what is foreseen decides nothing, and is not missed`() async throws {
    try await withStore { store in
      let found = try await store.read { reader in
        let reader = try #require(reader as? Reader)
        reader.foresee { () throws(StoreError) in throw StoreError(.failed, "nobody hears of it") }
        reader.foresee { () throws(StoreError) in
          _ = try reader.track(componentId: "cart", id: "t1")
        }
        return try reader.image(componentId: "cart", id: "i1")
      }
      #expect(found?.id == "i1")
    }
  }

  @Test(arguments: [1, 60])
  func `a write reads what it has foreseen at once, beside what it changes`(count: Int) async throws
  {
    try await withStore { store in
      let ids = (0..<count).map { "x\($0)" }
      for id in ids { try await store.addTrack(id, of: "cart") }
      let runs = Atomic(0)
      try await store.write(.component("cart").andCatalog) { transaction in
        runs.add(1, ordering: .relaxed)
        for id in ids {
          transaction.foresee { () throws(StoreError) in
            _ = try transaction.track(componentId: "cart", id: id)
          }
        }
        for id in ids {
          var track = try #require(try transaction.track(componentId: "cart", id: id))
          track.description = "seen"
          try transaction.updateTrack(track)
        }
      }
      #expect(runs.load(ordering: .relaxed) == 2)
      let found = try await store.read { reader in
        try ids.map { try reader.track(componentId: "cart", id: $0)?.description }
      }
      #expect(found == ids.map { _ in "seen" })
    }
  }

  @Test func `what was foreseen once is given once, and then as it is`() async throws {
    try await withStore { store in
      let seen = try await store.write(.component("cart")) { transaction in
        transaction.foresee { () throws(StoreError) in
          _ = try transaction.track(componentId: "cart", id: "t1")
        }
        var track = try #require(try transaction.track(componentId: "cart", id: "t1"))
        track.description = "changed"
        try transaction.updateTrack(track)
        return try transaction.track(componentId: "cart", id: "t1")?.description
      }
      #expect(seen == "changed")
    }
  }
}

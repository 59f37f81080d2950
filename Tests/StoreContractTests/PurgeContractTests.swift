import TestSupport
import Testing
import TrackDomain

/// The contract of purges: a track is removed with all its rows.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct PurgeContractTests: StoreContract {
  @Sendable private func fill(_ transaction: any StoreTransaction) throws {
    try Samples.putTracks(transaction)
    for trackId in ["t1", "t2"] {
      for number in 0..<20 {
        let id = "\(trackId)-\(number)"
        try transaction.insertImage(Samples.image(id, of: trackId))
        try transaction.insertDeployment(
          Samples.deployment(id, of: id, track: trackId, state: .succeeded))
        try transaction.putRelease(Samples.release(id, track: trackId))
      }
      try transaction.putBinding(
        Samples.binding(trackId, deployment: "\(trackId)-0", image: "\(trackId)-0"))
      try transaction.insertOperation(Samples.deletion("o-\(trackId)", of: trackId))
    }
  }

  @Test func `a track goes in batches, and what belongs to others stays`() async throws {
    try await withStore { store in
      try await store.write { try fill($0) }
      await expectRefusal(store) { try $0.deleteTrack(componentId: "cart", id: "t1") }
      @Sendable func rows(_ reader: any StoreReader) throws -> Int {
        try reader.historyRows(componentId: "cart", trackId: "t1", upTo: 999)
          + reader.bindings(componentId: "cart", trackId: "t1").count
      }
      // 20 images, deployments and releases each, a binding, and a configuration.
      for left in [52, 42, 32, 22, 12, 2, 0, 0] {
        try await store.write {
          try $0.purgeTrack(componentId: "cart", trackId: "t1", limit: 10)
        }
        try await expectRead(store, left, rows)
      }
      try await store.write { try $0.deleteTrack(componentId: "cart", id: "t1") }
      try await expectRead(store, nil) { try $0.track(componentId: "cart", id: "t1") }
      try await expectRead(store, nil) { try $0.operation(id: "o-t1") }
      try await expectRead(store, nil) { try $0.image(componentId: "cart", id: "t1-0") }
      try await expectRead(store, nil) { try $0.deployment(componentId: "cart", id: "t1-0") }
      try await expectRead(store, nil) { try $0.release(releaseDeploymentId: "t1-0") }
      try await expectRead(store, 20) {
        try $0.images(
          ImageQuery(componentId: "cart", trackId: "t2", after: nil, limit: 99)
        ).images.count
      }
      try await expectRead(store, 20) {
        try $0.deployments(
          DeploymentQuery(componentId: "cart", trackId: "t2", limit: 99)
        ).deployments.count
      }
      try await expectRead(store, 1) {
        try $0.configRevisions(
          ConfigRevisionQuery(componentId: "cart", trackId: "t2", limit: 9)
        ).revisions.count
      }
    }
  }

  @Test func `the places of a history that went are not given again`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertDeployment(Samples.deployment("d1", state: .failed))
      }
      let first = try await store.read {
        try $0.deployment(componentId: "cart", id: "d1")?.sequence ?? 0
      }
      try await store.write {
        try $0.purgeTrack(componentId: "cart", trackId: "t1", limit: 100)
        try $0.insertDeployment(Samples.deployment("d2"))
      }
      let second = try await store.read { try $0.deployment(componentId: "cart", id: "d2") }
      #expect(try #require(second).sequence > first)
    }
  }
}

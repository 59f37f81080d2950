import Testing
import TrackDomain
import TrackStoreSQLite

/// What every store does with durable operations and releases.
@Suite(.timeLimit(.minutes(2))) struct OperationContractTests {
  @Test func `an operation keeps all of its fields and what is written of it`() async throws {
    let first = Samples.operation(for: Samples.deployment("d1"), at: 1)
    var deletion = Samples.deletion("o1", of: "t2")
    deletion.step = .cleaning
    deletion.cleanupStep = 2
    deletion.attempts = 3
    deletion.dueAt = Samples.time(8)
    deletion.isBlocked = true
    deletion.leaseHolder = UniqueID(high: .max, low: 7)
    deletion.gitopsHash = "0f"
    deletion.lastError = "gone"
    try await withReopenedStore { [deletion] in
      try Samples.putTracks($0)
      try $0.insertOperation(first)
      try $0.insertOperation(Samples.deletion("o1", of: "t2"))
      try $0.updateOperation(deletion)
    } check: { [deletion] store in
      try await expectRead(store, first) { try $0.operation(id: "d1") }
      try await expectRead(store, deletion) { try $0.operation(id: "o1") }
      try await expectRead(store, deletion) {
        try $0.deletion(componentId: "cart", trackId: "t2")
      }
      try await expectRead(store, nil) { try $0.deletion(componentId: "cart", trackId: "t1") }
      try await expectRead(store, nil) { try $0.operation(id: "nobody") }
    }
  }

  @Test func `due ones are free, not blocked, and come in the order of their times`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        for (id, due) in [("d1", 5), ("d2", 3), ("d3", 3), ("d4", 9), ("d5", 1), ("d6", 2)] {
          var operation = Samples.operation(for: Samples.deployment(id), at: Int64(due))
          operation.isBlocked = id == "d5"
          operation.leaseHolder = id == "d6" ? UniqueID(high: 1, low: 1) : nil
          try $0.insertOperation(operation)
        }
      }
      func due(_ time: Int64, limit: Int = 9) async throws -> [String] {
        try await store.read {
          try $0.dueOperations(at: Samples.time(time), limit: limit).map(\.id)
        }
      }
      #expect(try await due(2) == [])
      #expect(try await due(5) == ["d2", "d3", "d1"])
      #expect(try await due(9, limit: 2) == ["d2", "d3"])
      try await expectRead(store, Samples.time(3)) { try $0.nextOperationDue() }
      try await store.write { try $0.voidLeases() }
      #expect(try await due(2) == ["d6"])
      try await expectRead(store, Samples.time(2)) { try $0.nextOperationDue() }
      try await store.write { transaction in
        for id in ["d1", "d2", "d3", "d4", "d6", "nobody"] {
          try transaction.deleteOperation(id: id)
        }
      }
      try await expectRead(store, nil) { try $0.nextOperationDue() }
    }
  }

  @Test func `the schema refuses operations that cannot be`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertOperation(Samples.deletion("o1"))
      }
      await expectRefusal(store) { try $0.insertOperation(Samples.deletion("o1", of: "t2")) }
      await expectRefusal(store) { try $0.insertOperation(Samples.deletion("o2")) }
      await expectRefusal(store) { try $0.insertOperation(Samples.deletion("o2", of: "nobody")) }
      await expectRefusal(store) {
        var nowhere = Samples.operation(for: Samples.deployment("d1"))
        nowhere.environmentId = ""
        try $0.insertOperation(nowhere)
      }
      await expectRefusal(store) { try $0.updateOperation(Samples.deletion("nobody")) }
      try await store.write { try $0.insertOperation(Samples.deletion("o2", of: "t2")) }
    }
  }

  @Test func `a release is added and replaced`() async throws {
    try await withReopenedStore {
      try Samples.putTracks($0)
      try $0.putRelease(Samples.release("r1"))
      try $0.putRelease(Samples.release("r1", status: .failed))
    } check: { store in
      try await expectRead(store, Samples.release("r1", status: .failed)) {
        try $0.release(releaseDeploymentId: "r1")
      }
      try await expectRead(store, nil) { try $0.release(releaseDeploymentId: "r2") }
    }
  }
}

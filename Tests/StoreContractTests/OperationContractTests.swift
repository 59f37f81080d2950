import TestSupport
import Testing
import TrackDomain

/// The contract of durable operations and releases.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct OperationContractTests: StoreContract {
  @Test func `an operation keeps all of its fields and what is written of it`() async throws {
    var first = Samples.operation(for: Samples.deployment("d1"), at: 1)
    first.conditions = DeploymentConditions(
      expectedCurrentId: "d0", promotedFrom: "test", bypassReason: "urgent")
    var deletion = Samples.deletion("o1", of: "t2")
    deletion.step = .cleaning
    deletion.cleanupStep = 2
    deletion.attempts = 3
    deletion.dueAt = Samples.time(8)
    deletion.lease = Samples.lease(of: UniqueID(high: .max, low: 7))
    deletion.gitopsHash = "0f"
    deletion.lastError = "gone"
    try await withReopenedStore { [first, deletion] in
      try Samples.putTracks($0)
      try $0.insertOperation(first)
      try $0.insertOperation(Samples.deletion("o1", of: "t2"))
      try $0.updateOperation(deletion)
    } check: { [first, deletion] store in
      try await expectRead(store, first) { try $0.operation(id: "d1") }
      try await expectRead(store, deletion) { try $0.operation(id: "o1") }
      try await expectRead(store, deletion) {
        try $0.deletion(componentId: "cart", trackId: "t2")
      }
      try await expectRead(store, nil) { try $0.deletion(componentId: "cart", trackId: "t1") }
      try await expectRead(store, nil) { try $0.operation(id: "nobody") }
    }
  }

  // MARK: Queues

  private func window(_ now: Int64, far: Int64 = 1000) -> DueWindow {
    DueWindow(now: Samples.time(now), far: Samples.time(far))
  }

  /// The ids of the due operations of a queue.
  private func due(
    _ store: any TrackStore, _ queue: OperationQueue, _ window: DueWindow, limit: Int = 9
  ) async throws -> [String] {
    try await store.read { try $0.dueOperations(in: queue, window, limit: limit).map(\.id) }
  }

  private let dev = OperationQueue.deployments(environmentId: "dev")

  @Test func `due ones are free, and come in the order of their times`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        for (id, due) in [("d1", 5), ("d2", 3), ("d3", 3), ("d4", 9), ("d6", 2)] {
          var operation = Samples.operation(for: Samples.deployment(id), at: Int64(due))
          operation.lease = id == "d6" ? Samples.lease() : nil
          try $0.insertOperation(operation)
        }
      }
      #expect(try await due(store, dev, window(2)) == [])
      #expect(try await due(store, dev, window(5)) == ["d2", "d3", "d1"])
      #expect(try await due(store, dev, window(9), limit: 2) == ["d2", "d3"])
      // Operations from before the clock was set back come last.
      #expect(try await due(store, dev, window(3, far: 8)) == ["d2", "d3", "d4"])
      #expect(try await due(store, dev, window(3, far: 9)) == ["d2", "d3"])
      #expect(try await due(store, dev, window(3, far: 8), limit: 2) == ["d2", "d3"])
      #expect(try await due(store, dev, window(3, far: 4), limit: 3) == ["d2", "d3", "d1"])
      try await expectRead(store, QueueTimes(first: Samples.time(3), last: Samples.time(9))) {
        try $0.times(of: .deployments(environmentId: "dev"))
      }
      try await store.write { try $0.endLeases(.all) }
      #expect(try await due(store, dev, window(2)) == ["d6"])
      try await store.write { transaction in
        for id in ["d6", "nobody"] {
          try transaction.putOffOperation(id: id, until: Samples.time(7), by: Samples.executor)
        }
      }
      #expect(try await due(store, dev, window(7)) == ["d2", "d3", "d1", "d6"])
      try await store.write { transaction in
        for id in ["d1", "d2", "d3", "d4", "d6", "nobody"] {
          try transaction.deleteOperation(id: id)
        }
      }
      try await expectRead(store, nil) { try $0.times(of: .deployments(environmentId: "dev")) }
    }
  }

  @Test func `deployments, reports and deletions wait apart, and each environment`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        for (id, environment) in [("d1", "dev"), ("d2", "prod"), ("d3", "dev"), ("d4", "prod")] {
          var operation = Samples.operation(
            for: Samples.deployment(id, into: environment), at: Int64(id.dropFirst())!)
          operation.step = id == "d3" ? .recorded : id == "d4" ? .publishing : .accepted
          try $0.insertOperation(operation)
        }
        try $0.insertOperation(Samples.deletion("o1", of: "t2"))
      }
      #expect(try await due(store, dev, window(9)) == ["d1"])
      #expect(
        try await due(store, .deployments(environmentId: "prod"), window(9)) == ["d2", "d4"])
      #expect(try await due(store, .reports, window(9)) == ["d3"])
      #expect(try await due(store, .deletions, window(9)) == ["o1"])
      try await expectRead(store, [true, false]) {
        try $0.dueOperations(
          in: .deployments(environmentId: "prod"), window(9), limit: 9
        ).map(\.isNew)
      }
      func waiting(after id: String, limit: Int) async throws -> [String] {
        try await store.read { try $0.waitingEnvironments(after: id, limit: limit).map(\.id) }
      }
      #expect(try await waiting(after: "", limit: 9) == ["dev", "prod"])
      #expect(try await waiting(after: "", limit: 1) == ["dev"])
      #expect(try await waiting(after: "dev", limit: 1) == ["prod"])
      #expect(try await waiting(after: "prod", limit: 1) == [])
      try await expectRead(store, true) {
        try $0.hasOperations(componentId: "cart", trackId: "t1", besides: "d1")
      }
      try await expectRead(store, false) {
        try $0.hasOperations(componentId: "cart", trackId: "t2", besides: "o1")
      }
    }
  }

  @Test func `what moved leaves an operation of its own, which waits with the deletions`()
    async throws
  {
    try await withStore { store in
      var deletion = Samples.deletion("o9", of: "t2")
      try await store.write { [deletion] in
        try Samples.putTracks($0)
        try $0.insertOperation(Samples.cleaning("o2", movedBy: "d7"))
        try $0.insertOperation(Samples.cleaning("o1", in: "prod"))
        try $0.insertOperation(deletion)
      }
      #expect(try await due(store, .deletions, window(9)) == ["o2", "o1", "o9"])
      try await expectRead(store, [Samples.cleaning("o2", movedBy: "d7")]) {
        try $0.cleanings(componentId: "cart", trackId: "t1", limit: 1)
      }
      try await expectRead(store, []) {
        try $0.cleanings(componentId: "cart", trackId: "t2", limit: 9)
      }
      for (kind, isThere) in [(Operation.Kind.placeCleaning, true), (.deployment, false)] {
        try await expectRead(store, isThere) {
          try $0.hasOperations(of: kind, componentId: "cart", trackId: "t1")
        }
      }
      deletion.isForced = true
      deletion.abandoned = "one\nanother"
      try await store.write { [deletion] in try $0.updateOperation(deletion) }
      try await expectRead(store, deletion) { try $0.operation(id: "o9") }
    }
  }

  @Test func `a deployment tells of the attempts at it as long as it has not ended`() async throws {
    let deployment = Samples.deployment("d1", state: .inProgress)
    var operation = Samples.operation(for: deployment, at: 1)
    operation.attempts = 2
    operation.lastError = "down"
    operation.dueAt = Samples.time(7)
    try await withStore { [operation] store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertDeployment(deployment)
        try $0.insertOperation(operation)
      }
      func attempts() async throws -> [DeploymentAttempts?] {
        try await store.read { reader in
          let one = try reader.deployment(componentId: "cart", id: "d1")
          let all = try reader.deployments(
            DeploymentQuery(componentId: "cart", trackId: "t1", limit: 9))
          return [one?.attempts] + all.deployments.map(\.attempts)
        }
      }
      let waits = DeploymentAttempts(count: 2, lastError: "down", nextAt: Samples.time(7))
      #expect(try await attempts() == [waits, waits])
      var leased = operation
      leased.lease = Samples.lease()
      try await store.write { [leased] in try $0.updateOperation(leased) }
      let isTried = DeploymentAttempts(count: 2, lastError: "down", nextAt: nil)
      #expect(try await attempts() == [isTried, isTried])
      try await store.write {
        var ended = deployment
        ended.state = .failed
        ended.endedAt = Samples.time(9)
        try $0.updateDeployment(ended)
      }
      #expect(try await attempts() == [nil, nil])
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

  @Test func `one that is put off is free again, unless another executor has it`() async throws {
    try await withStore { store in
      var operation = Samples.operation(for: Samples.deployment("d1"), at: 1)
      operation.lease = Samples.lease()
      try await store.write { [operation] in
        try Samples.putTracks($0)
        try $0.insertOperation(operation)
      }
      #expect(try await due(store, dev, window(9)) == [])
      for owner in [UniqueID(high: 1, low: 2), Samples.executor] {
        try await expectRead(store, operation) { try $0.operation(id: "d1") }
        try await store.write {
          try $0.putOffOperation(id: "d1", until: Samples.time(7), by: owner)
        }
      }
      #expect(try await due(store, dev, window(6)) == [])
      #expect(try await due(store, dev, window(7)) == ["d1"])
      operation.lease = nil
      operation.dueAt = Samples.time(7)
      try await expectRead(store, operation) { try $0.operation(id: "d1") }
    }
  }

  @Test func `a track has other operations, of whatever kind they are`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertOperation(Samples.operation(for: Samples.deployment("d1")))
        try $0.insertOperation(Samples.deletion("o1"))
      }
      for (id, other) in [("d1", "o1"), ("o1", "d1")] {
        try await expectRead(store, true) {
          try $0.hasOperations(componentId: "cart", trackId: "t1", besides: id)
        }
        try await store.write { try $0.deleteOperation(id: other) }
        try await expectRead(store, false) {
          try $0.hasOperations(componentId: "cart", trackId: "t1", besides: id)
        }
        try await store.write {
          try $0.insertOperation(
            other == "o1"
              ? Samples.deletion("o1") : Samples.operation(for: Samples.deployment("d1")))
        }
      }
    }
  }

  @Test func `a release is added and replaced, every field of it`() async throws {
    let second = ReleaseRecord(
      releaseId: "other", releaseDeploymentId: "r1", componentId: "site", trackId: "t3",
      environmentId: "prod", imageId: "i2", status: .failed, createdAt: Samples.time(3),
      updatedAt: Samples.time(4))
    try await withReopenedStore {
      try Samples.putTracks($0)
      try $0.putCatalogResource(.component(Component(id: "site", projectId: "shop", type: .task)))
      try $0.insertTrack(Samples.track("t3", of: "site"))
      try $0.putRelease(Samples.release("r1"))
      try $0.putRelease(second)
    } check: { store in
      try await expectRead(store, second) { try $0.release(releaseDeploymentId: "r1") }
      try await expectRead(store, nil) { try $0.release(releaseDeploymentId: "r2") }
    }
  }
}

import TestSupport
import Testing
import TrackDomain

/// The contract of restores: what is noted of them, and what comparisons leave.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct RestoreContractTests: StoreContract {
  private static let restore = StoreRestore(
    id: UniqueID(high: 3, low: 3), notedAt: Samples.time(5), notedBy: "the test")

  private static func drift(
    _ trackId: String = "t1", in environmentId: String = "dev", lane: String = "lane",
    _ kind: PlaceDrift.Kind = .other
  ) -> PlaceDrift {
    PlaceDrift(
      componentId: "cart", trackId: trackId, environmentId: environmentId,
      place: Samples.place(environmentId), lane: lane, kind: kind, believed: "d1", found: "d2 d3")
  }

  @Test func `there is none at first, and one is kept as it was noted`() async throws {
    try await withStore { store in
      try await expectRead(store, nil) { try $0.restore() }
      try await expectRead(store, nil) { try $0.restoreReport(limit: 9) }
    }
    try await withReopenedStore {
      try $0.beginRestore(Self.restore)
    } check: { store in
      try await expectRead(store, Self.restore) { try $0.restore() }
      try await store.write(.everything) { try $0.endRestore(at: Samples.time(9), by: "somebody") }
      var ended = Self.restore
      ended.endedAt = Samples.time(9)
      ended.endedBy = "somebody"
      try await expectRead(store, ended) { try $0.restore() }
      await expectRefusal(store) { try $0.endRestore(at: Samples.time(9), by: "somebody") }
      // The next one begins anew.
      try await store.write(.everything) { try $0.beginRestore(Self.restore) }
      try await expectRead(store, Self.restore) { try $0.restore() }
    }
  }

  @Test func `what is under way is held, without leases, until the end`() async throws {
    try await withStore { store in
      let operation = Samples.operation(for: Samples.deployment("d1"), at: 1)
      let claimed = operation.claimed(by: Samples.executor, until: Samples.time(10))
      var report = Samples.operation(for: Samples.deployment("d2"), at: 1)
      report.step = .recorded
      try await store.write { [report] in
        try Samples.putTracks($0)
        for one in [operation, report] { try $0.insertOperation(one) }
        try $0.insertOperation(Samples.deletion("o1", of: "t2"))
        try $0.claimOperation(claimed)
      }
      try await store.write(.everything) { try $0.beginRestore(Self.restore) }
      var held = claimed
      held.lease = nil
      held.epoch += 1
      held.isRestored = true
      try await expectRead(store, held) { try $0.operation(id: "d1") }
      try await expectRead(store, false) { try $0.operation(id: "d2")?.isRestored }
      try await expectRead(store, ["d1", "o1"]) {
        try $0.restoredOperations(after: "", limit: 9).map(\.id)
      }
      try await expectRead(store, ["d1"]) {
        try $0.restoredOperations(after: "", limit: 1).map(\.id)
      }
      try await expectRead(store, ["o1"]) {
        try $0.restoredOperations(after: "d1", limit: 9).map(\.id)
      }
      // Nothing is written under the lease that it had.
      await expectRefusal(store) { try $0.updateOperation(claimed) }
      var free = held
      free.isRestored = false
      try await store.write { [free] in try $0.updateOperation(free) }
      try await expectRead(store, 1) { try $0.restoreReport(limit: 9)?.heldCount }
      try await store.write(.everything) { try $0.endRestore(at: Samples.time(9), by: "") }
      try await expectRead(store, 0) { try $0.restoreReport(limit: 9)?.heldCount }
      try await expectRead(store, Samples.time(9)) { try $0.operation(id: "o1")?.dueAt }
      try await expectRead(store, []) { try $0.restoredOperations(after: "", limit: 9).map(\.id) }
    }
  }

  @Test func `a comparison replaces what earlier ones found, but for lanes with a fault`()
    async throws
  {
    try await withStore { store in
      let (gone, lasting) = (Self.drift("t1"), Self.drift("t2", lane: "silent", .missing))
      try await store.write(.everything) {
        try Samples.putTracks($0)
        try $0.beginRestore(Self.restore)
        try $0.beginComparison(1)
        for drift in [gone, lasting] { try $0.putDrift(drift, comparison: 1) }
      }
      let report = try #require(try await store.read { try $0.restoreReport(limit: 1) })
      #expect(report.driftCount == 2 && report.drifts == [gone] && report.isPending)
      try await store.write(.everything) {
        try $0.endComparison(1, [ComparedLane(lane: "lane"), ComparedLane(lane: "silent")])
      }
      try await expectRead(store, false) { try $0.restoreReport(limit: 9)?.isPending }
      try await expectRead(store, 1) { try $0.restore()?.compared }
      #expect(try await store.read { try $0.restore()?.comparedAt } != nil)
      // Only what was begun last can end.
      await expectRefusal(store) { try $0.endComparison(2, []) }
      let new = Self.drift("t1", in: "prod", .unknown)
      let lanes = [ComparedLane(lane: "lane"), ComparedLane(lane: "silent", fault: "no route")]
      try await store.write(.everything) {
        try $0.beginComparison(2)
        try $0.putDrift(new, comparison: 2)
        try $0.endComparison(2, lanes)
      }
      let second = try #require(try await store.read { try $0.restoreReport(limit: 9) })
      #expect(second.drifts == [new, lasting] && second.faults == [lanes[1]])
      #expect(second.faultCount == 1 && second.isPending && !second.isSettled)
      try await expectRead(store, lanes[0]) { try $0.comparedLane("lane") }
      try await expectRead(store, nil) { try $0.comparedLane("other") }
    }
  }

  @Test func `what differs is forgotten place by place, and with its track`() async throws {
    try await withStore { store in
      try await store.write(.everything) {
        try Samples.putTracks($0)
        try $0.beginRestore(Self.restore)
        for environmentId in ["dev", "prod"] {
          try $0.putDrift(Self.drift(in: environmentId), comparison: 1)
        }
        try $0.putDrift(Self.drift("t2"), comparison: 1)
      }
      func has(_ trackId: String, _ environmentId: String?) async throws -> Bool {
        try await store.read {
          try $0.hasDrift(componentId: "cart", trackId: trackId, environmentId: environmentId)
        }
      }
      try await store.write(.component("cart")) {
        try $0.endDrift(componentId: "cart", trackId: "t1", environmentId: "dev")
      }
      #expect(try await !has("t1", "dev"))
      #expect(try await has("t1", "prod"))
      #expect(try await has("t1", nil))
      try await store.write(.component("cart")) {
        try $0.endDrift(componentId: "cart", trackId: "t1", environmentId: nil)
      }
      #expect(try await !has("t1", nil))
      #expect(try await has("t2", "dev"))
      await #expect(throws: StoreError.self) {
        try await store.write(.component("other")) {
          try $0.putDrift(Self.drift(), comparison: 1)
        }
      }
      // Anybody may write the name of a track into a repository of theirs.
      try await store.write(.everything) {
        try $0.putDrift(Self.drift("t1", in: "nowhere", .unknown), comparison: 1)
      }
      #expect(try await has("t1", "nowhere"))
      #expect(try await !has("t1", nil))
      try await store.write(.everything) {
        try $0.putDrift(Self.drift("t1", in: "prod", .unknown), comparison: 1)
      }
      #expect(try await has("t1", nil))
      // A restore that is noted anew knows nothing.
      try await store.write(.everything) { try $0.beginRestore(Self.restore) }
      #expect(try await !has("t2", nil))
    }
  }

  @Test func `all bindings come in pages, in order`() async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        for trackId in ["t1", "t2"] {
          for environmentId in ["dev", "prod"] {
            try $0.putBinding(
              Samples.binding(trackId, in: environmentId, place: Samples.place(environmentId)))
          }
        }
      }
      var last: BindingKey?
      var found: [String] = []
      while true {
        let after = last
        let page = try await store.read { try $0.bindings(after: after, limit: 3) }
        found += page.map { "\($0.componentId) \($0.trackId) \($0.environmentId)" }
        #expect(page.allSatisfy { $0.place == Samples.place($0.environmentId) })
        guard page.count == 3, let end = page.last else { break }
        last = BindingKey(
          componentId: end.componentId, trackId: end.trackId, environmentId: end.environmentId)
      }
      #expect(found == ["cart t1 dev", "cart t1 prod", "cart t2 dev", "cart t2 prod"])
    }
  }
}

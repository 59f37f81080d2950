import TestSupport
import Testing
import TrackDomain

/// The contract of leases: writes under an old lease change nothing.
@Suite(.timeLimit(.minutes(2)), .evenPooled) struct LeaseContractTests: StoreContract {
  private let other = UniqueID(high: 2, low: 2)

  /// A store with the deployment operation `d1` and the deletion `o1`, which no executor has
  /// leased.
  private func with(_ body: (any TrackStore, Operation) async throws -> Void) async throws {
    let operation = Samples.operation(for: Samples.deployment("d1"), at: 1)
    try await withStore { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertOperation(operation)
        try $0.insertOperation(Samples.deletion("o1", of: "t2"))
      }
      try await body(store, operation)
    }
  }

  private func claim(
    _ operation: Operation, by owner: UniqueID = Samples.executor, in store: any TrackStore
  ) async throws -> Operation {
    let claimed = operation.claimed(by: owner, until: Samples.time(10))
    try await store.write { try $0.claimOperation(claimed) }
    try await expectRead(store, claimed) { try $0.operation(id: claimed.id) }
    return claimed
  }

  @Test func `each lease has an epoch of its own, which stays when the lease ends`() async throws {
    try await with { store, operation in
      var now = operation
      for epoch in 1...3 as ClosedRange<Int64> {
        now = try await claim(now, in: store)
        #expect(now.epoch == epoch)
        now.lease = nil
        try await store.write { [now] in try $0.updateOperation(now) }
        try await expectRead(store, now) { try $0.operation(id: "d1") }
      }
    }
  }

  @Test func `of two executors that saw it free one gets it`() async throws {
    try await with { store, operation in
      let claimed = try await claim(operation, in: store)
      await expectRefusal(store) {
        try $0.claimOperation(operation.claimed(by: other, until: Samples.time(10)))
      }
      try await expectRead(store, claimed) { try $0.operation(id: "d1") }
    }
  }

  @Test(arguments: ["update", "deletion"])
  func `a result with an old epoch undoes its transaction`(kind: String) async throws {
    try await with { store, operation in
      let old = try await claim(operation, in: store)
      let new = try await claim(old, by: other, in: store)
      let newest = try await store.read { try $0.newestPlace() }
      await expectRefusal(store) {
        try $0.appendChange(Samples.change(of: Samples.track("t1")))
        var result = old
        result.step = .recorded
        if kind == "update" {
          try $0.updateOperation(result)
        } else {
          try $0.deleteOperation(result)
        }
      }
      try await expectRead(store, new) { try $0.operation(id: "d1") }
      try await expectRead(store, newest) { try $0.newestPlace() }
      // The new epoch's counts.
      try await store.write { try $0.deleteOperation(new) }
      try await expectRead(store, nil) { try $0.operation(id: "d1") }
      // A write about a deleted operation has no effect.
      try await store.write { try $0.deleteOperation(old) }
    }
  }

  @Test func `the end of leases raises epochs`() async throws {
    try await with { store, operation in
      let claimed = try await claim(operation, in: store)
      try await store.write { try $0.endLeases(.all) }
      var free = claimed
      free.epoch += 1
      free.lease = nil
      try await expectRead(store, free) { try $0.operation(id: "d1") }
      #expect(!free.isHeld(as: claimed))
      await expectRefusal(store) { try $0.updateOperation(claimed) }
      // An operation without a lease stays as it is.
      try await expectRead(store, 0) { try $0.operation(id: "o1")?.epoch }
    }
  }

  @Test func `leases expire for others, unless their owner renews them`() async throws {
    try await with { store, operation in
      let own = Samples.executor
      try await expectRead(store, nil) { try $0.nextExpiry(besides: own) }
      let claimed = try await claim(operation, in: store)
      try await expectRead(store, nil) { try $0.nextExpiry(besides: own) }
      try await expectRead(store, Samples.time(10)) { try $0.nextExpiry(besides: other) }
      try await store.write { try $0.renewLeases(of: other, until: Samples.time(90)) }
      try await store.write { try $0.renewLeases(of: own, until: Samples.time(20)) }
      var renewed = claimed
      renewed.lease?.expiresAt = Samples.time(20)
      try await expectRead(store, renewed) { try $0.operation(id: "d1") }
      #expect(renewed.isHeld(as: claimed))

      for (time, owner) in [(Samples.time(19), other), (Samples.time(99), own)] {
        try await store.write { try $0.endLeases(.expired(at: time, besides: owner)) }
        try await expectRead(store, renewed) { try $0.operation(id: "d1") }
      }
      try await store.write { try $0.endLeases(.expired(at: Samples.time(20), besides: other)) }
      try await expectRead(store, nil) { try $0.operation(id: "d1")?.lease }
      try await expectRead(store, 2) { try $0.operation(id: "d1")?.epoch }
    }
  }

  // MARK: Lanes

  private func lane(
    _ name: String, _ owner: UniqueID = Samples.executor, epoch: Int64 = 1, until second: Int64 = 10
  ) -> LaneLease {
    LaneLease(lane: name, owner: owner, epoch: epoch, expiresAt: Samples.time(second))
  }

  @Test func `the lease of a lane is that of the last one who took it`() async throws {
    try await withStore { store in
      try await expectRead(store, nil) { try $0.laneLease(of: "git:a") }
      let (first, second) = (lane("git:a"), lane("git:a", other, epoch: 2, until: 20))
      try await store.write { try $0.putLaneLease(first, after: nil) }
      try await expectRead(store, first) { try $0.laneLease(of: "git:a") }
      try await expectRead(store, nil) { try $0.laneLease(of: "git:b") }
      // Who read something else is late.
      await expectRefusal(store) { try $0.putLaneLease(second, after: nil) }
      await expectRefusal(store) {
        try $0.putLaneLease(second, after: lane("git:a", epoch: 3))
      }
      try await expectRead(store, first) { try $0.laneLease(of: "git:a") }
      try await store.write { try $0.putLaneLease(second, after: first) }
      try await expectRead(store, second) { try $0.laneLease(of: "git:a") }
    }
  }

  @Test func `only the owner renews, and ends, the lease of a lane`() async throws {
    try await withStore { store in
      let (mine, theirs) = (lane("git:a"), lane("git:b", other))
      try await store.write {
        try $0.putLaneLease(mine, after: nil)
        try $0.putLaneLease(theirs, after: nil)
      }
      try await store.write {
        for name in ["git:a", "git:b", "git:c"] {
          try $0.renewLaneLease(of: name, owner: Samples.executor, until: Samples.time(99))
        }
      }
      try await expectRead(store, lane("git:a", until: 99)) { try $0.laneLease(of: "git:a") }
      try await expectRead(store, theirs) { try $0.laneLease(of: "git:b") }
      try await store.write { try $0.endLaneLeases(of: Samples.executor, in: "git:b") }
      try await expectRead(store, lane("git:a", until: 99)) { try $0.laneLease(of: "git:a") }
      try await store.write { try $0.endLaneLeases(of: Samples.executor, in: "git:a") }
      try await expectRead(store, []) {
        try $0.laneLeases(besides: other, at: Samples.time(0), limit: 10)
      }
      try await store.write { try $0.endLaneLeases(of: Samples.executor, in: nil) }
      try await expectRead(store, theirs) { try $0.laneLease(of: "git:b") }
      try await expectRead(store, []) {
        try $0.laneLeases(besides: other, at: Samples.time(0), limit: 10)
      }
      // The epoch stays.
      try await expectRead(store, 1) { try $0.laneLease(of: "git:a")?.epoch }
    }
  }

  @Test func `the lanes of others are those whose leases are not over`() async throws {
    try await withStore { store in
      let leases = [
        lane("git:a"), lane("git:b", other, until: 5), lane("git:c", other, until: 6),
        lane("git:d", other, until: 7),
      ]
      try await store.write { for lease in leases { try $0.putLaneLease(lease, after: nil) } }
      try await expectRead(store, Array(leases[2...])) {
        try $0.laneLeases(besides: Samples.executor, at: Samples.time(5), limit: 10)
      }
      try await expectRead(store, [leases[2]]) {
        try $0.laneLeases(besides: Samples.executor, at: Samples.time(5), limit: 1)
      }
      try await expectRead(store, [leases[0]]) {
        try $0.laneLeases(besides: other, at: Samples.time(5), limit: 10)
      }
    }
  }
}

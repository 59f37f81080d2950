import TestSupport
import Testing
import TrackDomain

/// The contract of transactions.
@Suite(.timeLimit(.minutes(2)), .evenPooled) struct TransactionContractTests: StoreContract {
  @Test func `a closure that throws leaves nothing, and its error comes back`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      await #expect(throws: TestError()) {
        try await store.write { transaction in
          try transaction.insertTrack(Samples.track("t1"))
          throw TestError()
        }
      }
      try await expectRead(store, 0) { try $0.trackCount(componentId: "cart", upTo: 1) }
    }
  }

  @Test func `a transaction sees what it wrote`() async throws {
    try await withStore { store in
      let seen = try await store.write { transaction in
        try Samples.putCatalog(transaction)
        try transaction.insertTrack(Samples.track("t1"))
        return try transaction.tracks(.all(of: "cart")).tracks.map(\.id)
      }
      #expect(seen == ["t1"])
    }
  }

  @Test func `transactions at the same time happen one after the other`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      try await store.write { try $0.insertTrack(Samples.track("t1")) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<100 {
          group.addTask {
            try await store.write { transaction in
              guard var track = try transaction.track(componentId: "cart", id: "t1") else { return }
              track.revision += 1
              try transaction.updateTrack(track)
            }
          }
        }
        try await group.waitForAll()
      }
      let track = try await store.read { try $0.track(componentId: "cart", id: "t1") }
      #expect(track?.revision == 101)
    }
  }

  @Test func `failures and successes at the same time do not mix`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
        for number in 0..<100 {
          group.addTask {
            do {
              try await store.write { transaction in
                try transaction.insertTrack(
                  Samples.track("t\(number)", branch: "b\(number)"))
                if number % 3 == 0 { throw TestError() }
              }
              return (number, true)
            } catch {
              return (number, false)
            }
          }
        }
        return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
      }
      for number in 0..<100 {
        #expect(outcomes[number] == (number % 3 != 0))
        let found = try await store.read { try $0.track(componentId: "cart", id: "t\(number)") }
        #expect((found != nil) == (number % 3 != 0))
      }
    }
  }

  @Test func `a read sees the writes that were answered before it`() async throws {
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      for number in 0..<50 {
        try await store.write {
          try $0.insertTrack(Samples.track("t\(number)", branch: "b\(number)"))
        }
        try await expectRead(store, number + 1) {
          try $0.trackCount(componentId: "cart", upTo: 100)
        }
      }
    }
  }

  @Test func `a cancelled task's closure does not run`() async throws {
    try await withStore { store in
      let task = Task {
        unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
        try await store.write { try Samples.putCatalog($0) }
      }
      await #expect(throws: CancellationError.self) { try await task.value }
      try await expectRead(store, nil) { try $0.component("cart") }
    }
  }
}

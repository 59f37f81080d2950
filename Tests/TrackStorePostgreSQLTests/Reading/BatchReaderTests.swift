import EventLoop
import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Reads that come together, by one connection.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct BatchReaderTests {
  private final class Switch: Sendable {
    let isOn = Atomic(false)
  }

  /// A store with one connection that reads, and a few tracks.
  private func withStore(
    readers: Int = 1, _ body: (PostgreSQLTrackStore) async throws -> Void
  ) async throws {
    try await withPostgreSQLDatabase { string in
      var options = PostgreSQLStoreOptions()
      options.readers = readers
      let store = try await PostgreSQLTrackStore.open(
        string, spoolDirectory: nil, options: options)
      do {
        try await store.write { try Samples.putCatalog($0, components: ["cart"]) }
        for number in 0..<10 { try await store.addTrack("t\(number)", of: "cart") }
        try await body(store)
      } catch {
        await store.close()
        throw error
      }
      await store.close()
    }
  }

  /// As many reads behind each other as `length`, each of which depends on the one before.
  private static func chain(_ first: Int, _ length: Int, _ reader: any StoreReader) throws -> String
  {
    var id = "t\(first % 10)"
    for _ in 0..<length {
      guard let track = try reader.track(componentId: "cart", id: id) else { return "none" }
      id = "t\(((Int(track.id.dropFirst()) ?? 0) + 1) % 10)"
    }
    return id
  }

  @Test(arguments: [1, 3], [false, true])
  func `each of many reads gets its own answer, whatever the others need`(
    readers: Int, isOnLoop: Bool
  ) async throws {
    let loops = try EventLoopGroup(count: 1)
    let loop = isOnLoop ? loops.loops[0] : nil
    try await withStore(readers: readers) { store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<500 {
          group.addTask(executorPreference: loop) {
            // Some are too long for a batch.
            let length = number % 50 == 0 ? 60 : number % 5
            let found = try await store.read { try Self.chain(number, length, $0) }
            #expect(found == "t\((number + length) % 10)")
          }
        }
        try await group.waitForAll()
      }
    }
    await loops.shutdown()
  }

  @Test func `a read that fails costs itself only`() async throws {
    try await withStore { store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<200 {
          group.addTask {
            if number % 20 == 7 {
              // Divides by zero on the server.
              await #expect(throws: StoreError.self) {
                try await store.read { reader in
                  let query = Query("SELECT 1 / (?1 - ?1)")
                  let row = try #require(reader as? Reader).source.prepared(query)
                  defer { row.reset() }
                  row.bind(1, 1)
                  return try row.step()
                }
              }
            } else {
              let found = try await store.read { try Self.chain(number, 2, $0) }
              #expect(found == "t\((number + 2) % 10)")
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func `a read beside the end of its store gets an answer`() async throws {
    try await withPostgreSQLDatabase { string in
      let store = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      try await store.write { try Samples.putCatalog($0, components: ["cart"]) }
      for number in 0..<10 { try await store.addTrack("t\(number)", of: "cart") }
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<300 {
          group.addTask {
            do {
              let found = try await store.read { try Self.chain(number, number % 40, $0) }
              #expect(found == "t\((number + number % 40) % 10)")
            } catch {
              #expect((error as? StoreError)?.kind == .unavailable)
            }
          }
        }
        group.addTask { await store.close() }
      }
    }
  }

  @Test func `who reads after a write was answered sees it`() async throws {
    try await withStore { store in
      let isOver = Switch()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<5 {
          group.addTask {
            while !isOver.isOn.load(ordering: .relaxed) {
              _ = try await store.read { try Self.chain(number, 4, $0) }
            }
          }
        }
        for number in 0..<20 {
          try await store.addTrack("new\(number)", of: "cart")
          let found = try await store.read {
            try $0.track(componentId: "cart", id: "new\(number)")
          }
          #expect(found != nil)
        }
        isOver.isOn.store(true, ordering: .relaxed)
        try await group.waitForAll()
      }
    }
  }

  /// Gives two tracks the same description.
  private static func describe(_ number: Int, in store: PostgreSQLTrackStore) async throws {
    try await store.write(.component("cart")) { transaction in
      for id in ["t1", "t2"] {
        var track = try #require(try transaction.track(componentId: "cart", id: id))
        track.description = "\(number)"
        try transaction.updateTrack(track)
      }
    }
  }

  @Test func `all that one read sees is of one state`() async throws {
    try await withStore { store in
      let isOver = Switch()
      try await Self.describe(0, in: store)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          var number = 0
          while !isOver.isOn.load(ordering: .relaxed) {
            number += 1
            try await Self.describe(number, in: store)
          }
        }
        for _ in 0..<60 {
          let (one, other) = try await store.read { reader in
            // The second is asked for when the first is there.
            let one = try reader.track(componentId: "cart", id: "t1")?.description
            let other = try reader.track(componentId: "cart", id: "t2")?.description
            return (one, other)
          }
          #expect(one == other)
        }
        isOver.isOn.store(true, ordering: .relaxed)
        try await group.waitForAll()
      }
    }
  }
}

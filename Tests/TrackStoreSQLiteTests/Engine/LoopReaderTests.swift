import EventLoop
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// Reads on event loops.
@Suite(.timeLimit(.minutes(2))) struct LoopReaderTests {
  @Test func `reads on loops do not leave them, and see what was answered before`() async throws {
    let group = try EventLoopGroup(count: 3)
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for (index, loop) in group.loops.enumerated() {
          tasks.addTask(executorPreference: loop) {
            for number in 0..<100 {
              let id = "t\(index)-\(number)"
              try await store.write { try $0.insertTrack(Samples.track(id, branch: id)) }
              let found = try await store.read { reader in
                #expect(loop.isCurrent)
                return try reader.track(componentId: "cart", id: id)?.id
              }
              #expect(found == id)
            }
          }
        }
        try await tasks.waitForAll()
      }
    }
    await group.shutdown()
  }

  @Test func `loops with the same number do not share a connection`() async throws {
    let loops = [try EventLoop(name: "a"), try EventLoop(name: "b")]
    #expect(loops[0].index == loops[1].index)
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      var connections: [ObjectIdentifier] = []
      var isOnLoop: [Bool] = []
      for loop in loops + loops {
        let (connection, isCurrent) = try await Task(executorPreference: loop) {
          try await store.read { reader in
            let connection = (reader as? Reader).map { ObjectIdentifier($0.source) }
            return (connection, loop.isCurrent)
          }
        }.value
        connections.append(try #require(connection))
        isOnLoop.append(isCurrent)
      }
      #expect(connections[0] == connections[2] && connections[1] == connections[3])
      #expect(connections[0] != connections[1])
      // The second loop reads on another thread.
      #expect(isOnLoop == [true, false, true, false])
    }
    for loop in loops { await loop.shutdown() }
  }

  @Test func `an error that a closure throws ends nothing but that read`() async throws {
    let loop = try EventLoop(name: "loop")
    try await withStore { store in
      try await store.write { try Samples.putCatalog($0) }
      try await Task(executorPreference: loop) {
        await #expect(throws: TestError()) {
          try await store.read { _ in throw TestError() }
        }
        try await expectRead(store, true) { try $0.component("cart") != nil }
      }.value
    }
    await loop.shutdown()
  }

  @Test func `a snapshot that a loop kept is exchanged after a commit from elsewhere`() async throws
  {
    let loop = try EventLoop(name: "loop")
    try await withStore { store in
      try await store.write {
        try Samples.putCatalog($0)
        try $0.insertTrack(Samples.track("a"))
      }
      for revision in Int64(2)..<200 {
        try await store.write { transaction in
          var track = Samples.track("a")
          track.revision = revision
          try transaction.updateTrack(track)
        }
        let found = try await Task(executorPreference: loop) {
          try await store.read { try $0.track(componentId: "cart", id: "a")?.revision }
        }.value
        #expect(found == revision)
      }
    }
    await loop.shutdown()
  }
}

import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// Reads that come together, by one connection: on a thread, and on an event loop.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct BatchReaderTests {
  private final class Switch: Sendable {
    let isOn = Atomic(false)
  }

  /// A store with one connection that reads on a thread, and a few tracks.
  private func withStore(
    readers: Int = 1, patience: Duration? = nil, on loop: EventLoop? = nil,
    _ body: (PostgreSQLTrackStore) async throws -> Void
  ) async throws {
    try await withPostgreSQLDatabase { string in
      var options = PostgreSQLStoreOptions()
      options.readers = readers
      if let patience { options.readPatience = patience }
      let store = try await PostgreSQLTrackStore.open(
        string, spoolDirectory: nil, options: options)
      do {
        try await store.write { try Samples.putCatalog($0, components: ["cart"]) }
        for number in 0..<10 { try await store.addTrack("t\(number)", of: "cart") }
        if let loop { try await connect(store, on: loop) }
        try await body(store)
      } catch {
        await store.close()
        throw error
      }
      await store.close()
    }
  }

  /// Reads until the loop has its own connections.
  private func connect(_ store: PostgreSQLTrackStore, on loop: EventLoop) async throws {
    try await run(on: loop) {
      while store.loopReaders.current.map(\.lineCount) != LoopReader.mostLines {
        _ = try? await store.read { try $0.storeTime() }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
  }

  private func run<Value: Sendable>(
    on loop: EventLoop?, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await Task(executorPreference: loop) { try await body() }.value
  }

  /// Runs `body` with a loop, or without one.
  private func withLoop(_ isOn: Bool, _ body: (EventLoop?) async throws -> Void) async throws {
    guard isOn else { return try await body(nil) }
    let loops = try EventLoopGroup(count: 1)
    do {
      try await body(loops.loops[0])
    } catch {
      await loops.shutdown()
      throw error
    }
    await loops.shutdown()
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
    try await withLoop(isOnLoop) { loop in
      try await withStore(readers: readers, on: loop) { store in
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
    }
  }

  @Test(arguments: [false, true])
  func `a read that fails costs itself only`(isOnLoop: Bool) async throws {
    try await withLoop(isOnLoop) { loop in
      try await withStore(on: loop) { store in
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<200 {
            group.addTask(executorPreference: loop) {
              if number % 20 == 7 {
                // Divides by zero on the server.
                await #expect(throws: StoreError.self) {
                  try await store.read { reader in
                    let row = try #require(reader as? Reader).source.prepared(Self.division)
                    defer { row.reset() }
                    row.bind(1, 1)
                    return try row.step()
                  }
                }
              } else {
                // Some would be too long for a batch, too.
                let length = number % 20 == 3 ? 40 : 2
                let found = try await store.read { try Self.chain(number, length, $0) }
                #expect(found == "t\((number + length) % 10)")
              }
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }

  private static let division = Query("SELECT 1 / (?1 - ?1)")

  @Test func `an error of the caller's closure is the caller's`() async throws {
    struct Own: Error {}
    try await withLoop(true) { loop in
      try await withStore(on: loop) { store in
        await #expect(throws: Own.self) {
          try await run(on: loop) {
            try await store.read { reader in
              _ = try Self.chain(1, 2, reader)
              throw Own()
            }
          }
        }
        let found = try await run(on: loop) { try await store.read { try Self.chain(1, 2, $0) } }
        #expect(found == "t3")
      }
    }
  }

  @Test func `what a loop asks for is read elsewhere where its connections are lost`() async throws
  {
    try await withLoop(true) { loop in
      try await withStore(readers: 2, on: loop) { store in
        let isOver = Switch()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<50 {
            group.addTask(executorPreference: loop) {
              while !isOver.isOn.load(ordering: .relaxed) {
                let found = try await store.read { try Self.chain(number, 2, $0) }
                #expect(found == "t\((number + 2) % 10)")
              }
            }
          }
          for _ in 0..<5 {
            for process in try await run(on: loop, { store.loopReaders.current?.processes ?? [] }) {
              try await end(process, of: store)
            }
            try await connect(store, on: #require(loop))
          }
          isOver.isOn.store(true, ordering: .relaxed)
          try await group.waitForAll()
        }
      }
    }
  }

  private static let termination = Query("SELECT pg_terminate_backend(?1::bigint::int)")

  /// One of the two connections does not answer, and the other one is new.
  @Test func `what was gathered goes to a connection that came later`() async throws {
    try await withLoop(true) { loop in
      try await withStore(readers: 2, patience: .seconds(3600), on: loop) { store in
        let processes = try await run(on: loop) { store.loopReaders.current?.processes ?? [] }
        #expect(processes.count == LoopReader.mostLines)
        kill(Int32(processes[0]), SIGSTOP)
        let stuck = Task(executorPreference: loop) {
          try await store.read { try Self.chain(1, 2, $0) }
        }
        // It is on its way when the loop has turned.
        for _ in 0..<3 { try await Task.sleep(for: .milliseconds(10)) }
        try await end(processes[1], of: store)
        try await run(on: loop) {
          while store.loopReaders.current?.lineCount != 1 {
            try await Task.sleep(for: .milliseconds(5))
          }
        }
        let found = try await run(on: loop) { try await store.read { try Self.chain(2, 2, $0) } }
        #expect(found == "t4")
        kill(Int32(processes[0]), SIGCONT)
        #expect(try await stuck.value == "t3")
      }
    }
  }

  private func end(_ process: Int64, of store: PostgreSQLTrackStore) async throws {
    try await store.write { transaction in
      let row = try #require(transaction as? Transaction).source.prepared(Self.termination)
      defer { row.reset() }
      row.bind(1, process)
      _ = try row.step()
    }
  }

  @Test func `a loop does not wait for a server that does not answer`() async throws {
    try await withLoop(true) { loop in
      try await withStore(readers: 2, patience: .milliseconds(200), on: loop) { store in
        let processes = try await run(on: loop) { store.loopReaders.current?.processes ?? [] }
        #expect(processes.count == LoopReader.mostLines)
        for process in processes { kill(Int32(process), SIGSTOP) }
        defer { for process in processes { kill(Int32(process), SIGCONT) } }
        let found = try await run(on: loop) { try await store.read { try Self.chain(1, 2, $0) } }
        #expect(found == "t3")
      }
    }
  }

  @Test(arguments: [false, true])
  func `a read beside the end of its store gets an answer`(isOnLoop: Bool) async throws {
    try await withLoop(isOnLoop) { loop in try await readBesideTheEnd(on: loop) }
  }

  private func readBesideTheEnd(on loop: EventLoop?) async throws {
    try await withPostgreSQLDatabase { string in
      let store = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
      try await store.write { try Samples.putCatalog($0, components: ["cart"]) }
      for number in 0..<10 { try await store.addTrack("t\(number)", of: "cart") }
      if let loop { try await connect(store, on: loop) }
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<300 {
          group.addTask(executorPreference: loop) {
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

  @Test(arguments: [false, true])
  func `who reads after a write was answered sees it`(isOnLoop: Bool) async throws {
    try await withLoop(isOnLoop) { loop in
      try await withStore(on: loop) { store in
        let isOver = Switch()
        try await withThrowingTaskGroup(of: Void.self) { group in
          for number in 0..<5 {
            group.addTask(executorPreference: loop) {
              while !isOver.isOn.load(ordering: .relaxed) {
                _ = try await store.read { try Self.chain(number, 4, $0) }
              }
            }
          }
          for number in 0..<20 {
            try await store.addTrack("new\(number)", of: "cart")
            let found = try await run(on: loop) {
              try await store.read { try $0.track(componentId: "cart", id: "new\(number)") }
            }
            #expect(found != nil)
          }
          isOver.isOn.store(true, ordering: .relaxed)
          try await group.waitForAll()
        }
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

  @Test(arguments: [false, true])
  func `all that one read sees is of one state`(isOnLoop: Bool) async throws {
    try await withLoop(isOnLoop) { loop in
      try await withStore(on: loop) { store in
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
            let (one, other) = try await run(on: loop) {
              try await store.read { reader in
                // The second is asked for when the first is there.
                let one = try reader.track(componentId: "cart", id: "t1")?.description
                let other = try reader.track(componentId: "cart", id: "t2")?.description
                return (one, other)
              }
            }
            #expect(one == other)
          }
          isOver.isOn.store(true, ordering: .relaxed)
          try await group.waitForAll()
        }
      }
    }
  }
}

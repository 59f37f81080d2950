import EventLoop
import TestSupport
import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// The commit stamps of components.
@Suite(.timeLimit(.minutes(2))) struct CommitStampTests {
  private static let components = (0..<8).map { "c\($0)" }

  private func with(_ body: (SQLiteTrackStore) async throws -> Void) async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putCatalog($0, components: Self.components)
        for id in Self.components { try Samples.create(Samples.track("t", of: id), in: $0) }
      }
      try await body(store)
    }
  }

  private static func revise(
    _ componentId: String, to revision: Int64, _ transaction: any StoreTransaction
  ) throws {
    var track = Samples.track("t", of: componentId)
    track.revision = revision
    try transaction.updateTrack(track)
  }

  /// The components whose stamp changes with a write.
  private func changed(
    _ store: SQLiteTrackStore, _ scope: WriteScope,
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Void
  ) async throws -> [String] {
    let before = Self.components.map { store.commitStamp(ofComponent: $0) }
    try await store.write(scope, body)
    return zip(Self.components, before).compactMap { id, stamp in
      store.commitStamp(ofComponent: id) == stamp ? nil : id
    }
  }

  @Test func `change with what a write names, and with the rest of the catalog`() async throws {
    try await with { store in
      let none = try await changed(store, .nothing) { try $0.noteRestore() }
      #expect(none.isEmpty)
      let one = try await changed(store, .component("c3")) { try Self.revise("c3", to: 2, $0) }
      #expect(one == ["c3"])
      let some = try await changed(store, .components(["c1", "c5"]).andCatalog) { _ in }
      #expect(some == ["c1", "c5"])
      let everything = try await changed(store, .everything) { _ in }
      #expect(everything == Self.components)
      let catalog = try await changed(store, .component("c1").andCatalog) {
        try $0.putCatalogResource(.organization(Organization(id: "acme", tier: .free)))
      }
      #expect(catalog == Self.components)
    }
  }

  /// The values that loops keep of components, as services may.
  private final class Kept: Sendable {
    private let lock = Lock()
    nonisolated(unsafe) private var values: [String: (stamp: UInt64, revision: Int64)] = [:]

    func find(_ id: String, _ stamp: UInt64) -> Int64? {
      lock.withLock {
        guard let kept = unsafe values[id], kept.stamp == stamp else { return nil }
        return kept.revision
      }
    }

    func keep(_ id: String, _ stamp: UInt64, _ revision: Int64) {
      lock.withLock { unsafe values[id] = (stamp, revision) }
    }
  }

  /// The revision that is kept under the stamp; reads and keeps it if there is none.
  private static func revision(
    of id: String, _ store: SQLiteTrackStore, _ kept: Kept
  ) async throws -> (revision: Int64, wasKept: Bool) {
    let stamp = try #require(store.commitStamp(ofComponent: id))
    if let revision = kept.find(id, stamp) { return (revision, true) }
    let found = try await store.read { try $0.track(componentId: id, id: "t")?.revision }
    let revision = try #require(found)
    kept.keep(id, stamp, revision)
    return (revision, false)
  }

  @Test func `what is kept under one is never older than a write that was answered`() async throws {
    let group = try EventLoopGroup(count: 4)
    try await with { store in
      let kept = Kept()
      let hits = try await withThrowingTaskGroup(of: Int.self) { tasks in
        for (index, loop) in group.loops.enumerated() {
          // Reads as fast as it can, and keeps the results.
          tasks.addTask(executorPreference: loop) {
            for number in 0..<4000 {
              _ = try await Self.revision(of: Self.components[number % 8], store, kept)
            }
            return 0
          }
          // Writes two components that no other task writes, and reads each after the answer.
          tasks.addTask(executorPreference: loop) {
            var hits = 0
            for number in Int64(2)..<150 {
              let id = Self.components[2 * index + Int(number % 2)]
              try await store.write(.component(id)) { try Self.revise(id, to: number, $0) }
              for _ in 0..<4 {
                let found = try await Self.revision(of: id, store, kept)
                #expect(found.revision == number)
                if found.wasKept { hits += 1 }
              }
            }
            return hits
          }
        }
        return try await tasks.reduce(0, +)
      }
      #expect(hits > 0)
    }
    await group.shutdown()
  }
}

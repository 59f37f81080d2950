import TestSupport
import Testing
import TrackDomain

/// The contract of snapshots: one state for several reads.
@Suite(.timeLimit(.minutes(2)), .evenPooled) struct SnapshotContractTests: StoreContract {
  private static func put(_ id: String, _ store: any TrackStore) async throws {
    try await store.write {
      try $0.putCatalogResource(.organization(Organization(id: id, tier: .free)))
    }
  }

  /// The organizations, `a` or `b`, that the snapshot contains.
  private static func organizations(_ snapshot: any StoreSnapshot) async throws -> [String] {
    try await snapshot.read { reader in
      try ["a", "b"].filter { try reader.catalogResource(.organization, id: $0) != nil }
    }
  }

  @Test func `every read of a snapshot sees the same state`() async throws {
    try await withStore { store in
      try await Self.put("a", store)
      try await store.withSnapshot(limit: .seconds(60)) { (snapshot) async throws in
        #expect(try await Self.organizations(snapshot) == ["a"])
        try await Self.put("b", store)
        #expect(try await Self.organizations(snapshot) == ["a"])
      }
      try await store.withSnapshot(limit: .seconds(60)) { (snapshot) async throws in
        #expect(try await Self.organizations(snapshot) == ["a", "b"])
      }
    }
  }

  @Test func `a snapshot ends after its time`() async throws {
    try await withStore { store in
      await #expect(throws: SnapshotExpired.self) {
        try await store.withSnapshot(limit: .zero) { snapshot in
          while true { _ = try await Self.organizations(snapshot) }
        }
      }
    }
  }

  @Test func `what the body throws comes out`() async throws {
    struct Mine: Error {}
    try await withStore { store in
      for _ in 0..<10 {
        await #expect(throws: Mine.self) {
          try await store.withSnapshot(limit: .seconds(60)) { _ in throw Mine() }
        }
      }
    }
  }
}

import Foundation
import TestSupport
import Testing
import TrackDomain
import TrackStorePostgreSQL
import TrackStoreSQLite

/// A suite of the contract that every store keeps. Its tests run on each `ContractStore`, one after
/// the other.
protocol StoreContract {}

/// The stores that keep the contract. A new store is a new case.
enum ContractStore: Sendable {
  case sqlite
  /// Answers on another executor and later, as a store over a network does.
  case elsewhere
  /// Other servers commit to it, and it makes places in its log that look otherwise.
  case shared
  /// Rows are in another process, and every transaction gets its numbers at its end.
  case postgresql
  /// The same behind a pooler that gives each transaction another session. For suites of which it
  /// makes a difference.
  case pooled

  /// Those that can run here.
  static let all: [ContractStore] =
    [.sqlite, .elsewhere, .shared] + (PostgreSQLCluster.isExpected ? [.postgresql] : [])
  static let behindPooler: [ContractStore] = PgBouncer.isExpected ? [.pooled] : []

  @TaskLocal static var current = ContractStore.sqlite

  /// Runs `body` with a place for a store: a folder, or an empty database.
  fileprivate func withPlace(_ body: (String) async throws -> Void) async throws {
    if self == .postgresql { return try await withPostgreSQLDatabase(body) }
    if self == .pooled {
      let pooler = try PgBouncer.shared
      return try await withPostgreSQLDatabase { try await body("\($0) host=\(pooler.host)") }
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "trackd-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }

  /// Runs `body` with the store in a place, and closes it.
  fileprivate func open(
    in place: String, _ body: (any TrackStore) async throws -> Void
  ) async throws {
    if self == .postgresql || self == .pooled { return try await openPostgreSQL(place, body) }
    let store = try SQLiteTrackStore.open(directory: place)
    do {
      switch self {
      case .sqlite: try await body(store)
      case .elsewhere: try await body(ElsewhereStore(store))
      case .shared: try await body(SharedStore(store))
      case .postgresql, .pooled: break
      }
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }

  private func openPostgreSQL(
    _ string: String, _ body: (any TrackStore) async throws -> Void
  ) async throws {
    let store = try await PostgreSQLTrackStore.open(string, spoolDirectory: nil)
    do {
      try await body(store)
    } catch {
      await store.close()
      throw error
    }
    await store.close()
  }
}

extension StoreContract {
  /// Runs `body` with an empty store.
  func withStore(_ body: (any TrackStore) async throws -> Void) async throws {
    let kind = ContractStore.current
    try await kind.withPlace { try await kind.open(in: $0, body) }
  }

  /// Fills a store and checks it twice: at once, and after it was closed and opened again.
  func withReopenedStore(
    fill: @escaping @Sendable (any StoreTransaction) throws -> Void,
    check: (any TrackStore) async throws -> Void
  ) async throws {
    let kind = ContractStore.current
    try await kind.withPlace { place in
      try await kind.open(in: place) { store in
        try await store.write(fill)
        try await check(store)
      }
      try await kind.open(in: place, check)
    }
  }
}

/// Runs each test of a suite on every store, and names the store in issues.
struct OnEveryStore: SuiteTrait, TestTrait, TestScoping {
  var stores = ContractStore.all
  var isRecursive: Bool { true }

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    for store in stores {
      let naming: IssueHandlingTrait = .compactMapIssues { issue in
        var issue = issue
        issue.comments.append("on the store '\(store)'")
        return issue
      }
      try await naming.provideScope(for: test, testCase: testCase) {
        try await ContractStore.$current.withValue(store) { try await function() }
      }
    }
  }
}

extension Trait where Self == OnEveryStore {
  static var onEveryStore: OnEveryStore { OnEveryStore() }

  /// Behind a pooler, too.
  static var evenPooled: OnEveryStore {
    OnEveryStore(stores: ContractStore.all + ContractStore.behindPooler)
  }
}

import Foundation
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQLite

/// A suite of the contract that every store keeps. Its tests run on each `ContractStore`, one after
/// the other.
protocol StoreContract {}

/// The stores that keep the contract. A new store is a new case.
enum ContractStore: CaseIterable, Sendable {
  case sqlite
  /// Answers on another executor and later, as a store over a network does.
  case elsewhere
  /// Other servers commit to it, and it makes places in its log that look otherwise.
  case shared

  @TaskLocal static var current = ContractStore.sqlite

  /// Runs `body` with the store in a folder, and closes it.
  fileprivate func open(
    in directory: String, _ body: (any TrackStore) async throws -> Void
  ) async throws {
    let store = try SQLiteTrackStore.open(directory: directory)
    do {
      switch self {
      case .sqlite: try await body(store)
      case .elsewhere: try await body(ElsewhereStore(store))
      case .shared: try await body(SharedStore(store))
      }
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
    try await withFolder { try await ContractStore.current.open(in: $0, body) }
  }

  /// Fills a store and checks it twice: at once, and after it was closed and opened again.
  func withReopenedStore(
    fill: @escaping @Sendable (any StoreTransaction) throws -> Void,
    check: (any TrackStore) async throws -> Void
  ) async throws {
    try await withFolder { folder in
      try await ContractStore.current.open(in: folder) { store in
        try await store.write(fill)
        try await check(store)
      }
      try await ContractStore.current.open(in: folder, check)
    }
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "trackd-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
  }
}

/// Runs each test of a suite on every store, and names the store in issues.
struct OnEveryStore: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    for store in ContractStore.allCases {
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
}

import Foundation
public import TrackStoreSQLite

/// Runs `body` on a store in a directory that is removed afterwards.
public func withStore<Result>(
  options: SQLiteStoreOptions = SQLiteStoreOptions(),
  _ body: (SQLiteTrackStore) async throws -> Result
) async throws -> Result {
  try await withStore(options: options) { store, _ in try await body(store) }
}

/// The same, for tests that need the directory.
public func withStore<Result>(
  options: SQLiteStoreOptions = SQLiteStoreOptions(),
  _ body: (SQLiteTrackStore, _ directory: String) async throws -> Result
) async throws -> Result {
  let directory = FileManager.default.temporaryDirectory.appending(path: "trackd-\(UUID())")
  defer { try? FileManager.default.removeItem(at: directory) }
  let store = try SQLiteTrackStore.open(directory: directory.path, options: options)
  do {
    let result = try await body(store, directory.path)
    await store.close()
    return result
  } catch {
    await store.close()
    throw error
  }
}

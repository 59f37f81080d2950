import TestSupport
import TrackDomain
import TrackStoreSQLite

/// Runs `body` with a store on a real file, which is closed afterwards.
func withStore(
  options: SQLiteStoreOptions = SQLiteStoreOptions(),
  _ body: (SQLiteTrackStore) async throws -> Void
) async throws {
  let directory = try TemporaryDirectory()
  try await withStore(in: directory.path, options: options, body)
}

/// The same, in a given folder.
func withStore(
  in directory: String, options: SQLiteStoreOptions = SQLiteStoreOptions(),
  _ body: (SQLiteTrackStore) async throws -> Void
) async throws {
  let store = try SQLiteTrackStore.open(directory: directory, options: options)
  do {
    try await body(store)
  } catch {
    await store.close()
    throw error
  }
  await store.close()
}

extension SQLiteStoreOptions {
  /// Options for a store on a disk whose power can be cut: checkpoints are frequent, and only the
  /// test's writes sync.
  init(on disk: PowerCutDisk) {
    self.init()
    vfs = disk.name
    checkpointFrames = 100
    pulse = nil
  }
}

/// Fills a store and checks it twice: at once, and after it was closed and opened again.
func withReopenedStore(
  fill: @escaping @Sendable (any StoreTransaction) throws -> Void,
  check: (SQLiteTrackStore) async throws -> Void
) async throws {
  let directory = try TemporaryDirectory()
  try await withStore(in: directory.path) { store in
    try await store.write(fill)
    try await check(store)
  }
  try await withStore(in: directory.path) { store in
    try await check(store)
  }
}

import Glibc

/// The folder, the database and its log as they were when the store was opened. What is written to
/// a file that lost its name is gone when the process ends.
struct OpenedFiles: Sendable {
  /// A file, whatever its name.
  private struct Identity: Equatable {
    var device: UInt64
    var number: UInt64

    init?(_ path: String) {
      var status = stat()
      guard unsafe stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }
  }

  private struct Entry {
    var name: String
    var path: String
    var identity: Identity
  }

  private let database: Entry
  private let others: [Entry]

  /// To be called when the database has been opened, which makes its files.
  init(_ directory: DataDirectory) throws(StoreOpenError) {
    func entry(_ name: String, _ path: String) throws(StoreOpenError) -> Entry {
      guard let identity = Identity(path) else { throw .system(path) }
      return Entry(name: name, path: path, identity: identity)
    }
    database = try entry("the database", directory.databasePath)
    others = [
      try entry("the log of the database", directory.logPath),
      try entry("the data directory", directory.path),
    ]
  }

  /// What is not at its path any more; nil when all is.
  var missing: String? { missingDatabase ?? name(others) }

  /// The same for the database alone.
  var missingDatabase: String? { name([database]) }

  private func name(_ entries: [Entry]) -> String? {
    entries.first { Identity($0.path) != $0.identity }?.name
  }
}

import EventLoop
import TrackDomain
import TrackStorePostgreSQL
import TrackStoreSQL
import TrackStoreSQLite

/// `trackd store`: works on a store that no server of this process has. Says what it does on stderr.
enum StoreTool {
  /// Blocks until it is done.
  static func run(_ command: StoreCommand) -> ExitStatus {
    do {
      switch command {
      case .copy(let directory, let store, let hasDeployer):
        try copy(directory, to: store, hasDeployer: hasDeployer)
      case .backup(let directory, let file):
        try StoreBackup.make(ofDirectory: directory, to: file)
        say("the backup is done: \(file)")
      case .restore(let directory, let file):
        let former = try StoreBackup.restore(
          file, toDirectory: directory, as: restore("trackd store restore"))
        say("the backup is in place" + (former.map { "; the former database is \($0)" } ?? ""))
      case .restored(let store, ends: false): try noteRestore(of: store)
      case .restored(let store, ends: true): try endRestore(of: store)
      }
      return .success
    } catch {
      say("\(error)")
      return .failure
    }
  }

  private static func copy(
    _ directory: String, to store: StoreSource, hasDeployer: Bool
  ) throws {
    let address = try store.address()
    warn(of: store)
    let source = try SQLiteCopySource(directory: directory, hasDeployer: hasDeployer)
    let target = try PostgreSQLCopyTarget(address.text)
    try StoreCopy(from: source, to: target) { say(text($0)) }.run()
    say("the copy is done: start servers with --store")
  }

  // MARK: Restores

  private static var now: Timestamp { Timestamp(microseconds: WallClock.nowMicroseconds()) }

  private static func restore(_ command: String) -> StoreRestore {
    StoreRestore(id: .random(), notedAt: now, notedBy: command)
  }

  private static func noteRestore(of store: RestoredStore) throws {
    let restore = restore("trackd store restored")
    let held = try write(store) { transaction in
      try transaction.beginRestore(restore)
      return try transaction.restoreReport(limit: 1)?.heldCount ?? 0
    }
    say(
      "the restore is noted: servers compare the store with the repositories; \(held) operations "
        + "of the backup are held until then")
  }

  private static func endRestore(of store: RestoredStore) throws {
    let ended = try write(store) { (transaction) -> RestoreReport? in
      guard let report = try transaction.restoreReport(limit: 1), report.restore.stands else {
        return nil
      }
      try transaction.endRestore(at: now, by: "trackd store restored --end")
      return report
    }
    guard let ended else { return say("no restore stands: nothing is held") }
    say(
      "the restore is ended: \(ended.heldCount) operations go on, and \(ended.driftCount) places "
        + "that differed count as the store believes")
  }

  private static func write<Value>(
    _ store: RestoredStore, _ body: (any StoreTransaction) throws -> Value
  ) throws -> Value {
    switch store {
    case .directory(let directory):
      return try StoreRestoring.write(inDirectory: directory, body)
    case .database(let source):
      let address = try source.address()
      warn(of: source)
      return try PostgreSQLRestore.write(address.text, body)
    }
  }

  private static func warn(of store: StoreSource) {
    guard store.showsPassword else { return }
    say("others on this machine can read the password of --store: use TRACKD_STORE or a file")
  }

  private static func text(_ event: CopyEvent) -> String {
    switch event {
    case .begun(isContinued: false): "copying"
    case .begun(isContinued: true): "going on with an earlier copy"
    case .copied(let table, let rows, let isAll):
      "copied \(table): \(rows) rows" + (isAll ? "" : " so far")
    case .compared(let table, let rows, let isAll):
      "compared \(table): \(rows) rows" + (isAll ? "" : " so far")
    }
  }

  private static func say(_ text: String) { StandardStream.error.write("trackd: \(text)\n") }
}

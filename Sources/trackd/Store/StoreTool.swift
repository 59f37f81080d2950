import EventLoop
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
        let former = try StoreBackup.restore(file, toDirectory: directory)
        say("the backup is in place" + (former.map { "; the former database is \($0)" } ?? ""))
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
    if store.showsPassword {
      say("others on this machine can read the password of --store: use TRACKD_STORE or a file")
    }
    let source = try SQLiteCopySource(directory: directory, hasDeployer: hasDeployer)
    let target = try PostgreSQLCopyTarget(address.text)
    try StoreCopy(from: source, to: target) { say(text($0)) }.run()
    say("the copy is done: start servers with --store")
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

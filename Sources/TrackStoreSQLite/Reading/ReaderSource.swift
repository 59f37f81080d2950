import Synchronization
import TrackDomain
import TrackStoreSQL

/// What readers of a store have in common. Any thread.
final class ReaderSource: Sendable {
  private let directory: DataDirectory
  private let vfs: String?
  private let status: StoreStatus
  private let writer: Writer
  private let files: OpenedFiles?
  let pressure: LogPressure
  private let retention: Retention

  init(
    directory: DataDirectory, vfs: String?, status: StoreStatus, writer: Writer,
    files: OpenedFiles?, pressure: LogPressure, retention: Retention
  ) {
    self.directory = directory
    self.vfs = vfs
    self.status = status
    self.writer = writer
    self.files = files
    self.pressure = pressure
    self.retention = retention
  }

  /// How many groups of writes were committed.
  var commits: Int { writer.commits.load(ordering: .acquiring) }

  /// A reader with a connection of its own.
  func makeReader() throws(StoreError) -> SnapshotReader {
    do throws(SQLiteError) {
      let connection = try Connection.reading(directory, vfs: vfs)
      // What has the database's name now may be another one.
      if let moved = files?.missing { throw .moved(moved) }
      return SnapshotReader(connection, retention)
    } catch {
      throw StoreError(error)
    }
  }

  /// A disk that cannot be read, or a broken file: nothing is to be written to it any more.
  func report(_ fault: SQLiteError) {
    if fault.isDamage { status.fail(fault) }
  }
}

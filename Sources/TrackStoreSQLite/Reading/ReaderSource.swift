import EventLoop
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
  func makeSnapshotReader() throws(StoreError) -> SnapshotReader {
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
    if fault.isDamage { status.fail(fault.description) }
  }
}

extension ReaderSource: SnapshotSource {
  /// Of the page cache of a snapshot that outlasts a read. It mostly reads every page once.
  private static let cacheKilobytes = 1024

  func makeReader() throws(StoreError) -> any SnapshotConnection { try makeSnapshotReader() }

  nonisolated(nonsending) func makeLongReader() async throws -> sending any SnapshotConnection {
    let reader = try makeSnapshotReader()
    do throws(SQLiteError) {
      try reader.connection.execute("PRAGMA cache_size = -\(Self.cacheKilobytes)")
    } catch {
      throw StoreError(error)
    }
    return reader
  }

  func check(_ connection: any SnapshotConnection) {
    if let fault = (connection as? SnapshotReader)?.fault { report(fault) }
  }

  /// Waits while the log is too long to be kept from starting anew, some seconds at most. Looks
  /// again and again, because it is the end of somebody's read that is waited for.
  func waitForSnapshots() async throws {
    while pressure.holdsBack(now: .now()) { try await Task.sleep(for: .milliseconds(20)) }
  }
}

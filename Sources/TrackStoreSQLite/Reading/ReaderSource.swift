import Synchronization
import TrackDomain

/// What readers of a store have in common. Any thread.
final class ReaderSource: Sendable {
  private let directory: DataDirectory
  private let vfs: String?
  private let status: StoreStatus
  private let writer: Writer

  init(directory: DataDirectory, vfs: String?, status: StoreStatus, writer: Writer) {
    self.directory = directory
    self.vfs = vfs
    self.status = status
    self.writer = writer
  }

  /// How many groups of writes were committed.
  var commits: Int { writer.commits.load(ordering: .acquiring) }

  /// A reader with a connection of its own.
  func makeReader() throws(StoreError) -> Reader {
    do throws(SQLiteError) {
      return Reader(try .reading(directory, vfs: vfs))
    } catch {
      throw StoreError(error)
    }
  }

  /// A disk that cannot be read, or a broken file: nothing is to be written to it any more.
  func report(_ fault: SQLiteError) {
    if fault.isDamage { status.fail(fault) }
  }
}

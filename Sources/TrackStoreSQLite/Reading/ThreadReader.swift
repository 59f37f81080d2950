import EventLoop
import TrackDomain
import TrackStoreSQL

/// Reads for callers that are not on an event loop, and from snapshots that outlast one read, on a
/// thread that may block.
actor ThreadReader {
  private let thread: BlockingThread
  let source: ReaderSource
  private var reader: SnapshotReader?
  var snapshots = OpenSnapshots()

  init(_ source: ReaderSource) throws(SystemError) {
    self.source = source
    thread = try BlockingThread(name: "store-reader")
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) throws -> Value {
    try readAll(body)
  }

  func census() throws -> StoreCensus { try readAll { try $0.census() } }

  private func readAll<Value: Sendable>(
    _ body: @Sendable (Reader) throws -> Value
  ) throws -> Value {
    let reader = try self.reader ?? source.makeReader()
    self.reader = reader
    do throws(SQLiteError) { try reader.begin() } catch { throw StoreError(error) }
    defer {
      if let fault = reader.fault { source.report(fault) }
      reader.end()
    }
    return try body(reader.reader)
  }

  func snapshotCounts() -> (open: Int, waiting: Int) { snapshots.counts }

  /// Closes the connections. Nothing is read after it.
  func close() {
    reader = nil
    snapshots.closeAll()
  }

  /// Ends the thread; after `close`.
  nonisolated func shutdown() async {
    await thread.shutdown()
  }
}

package import EventLoop
package import TrackDomain

/// Reads for callers that are not on an event loop, and from snapshots that outlast one read, on a
/// thread that may block.
package actor ThreadReader {
  private let thread: BlockingThread
  let source: any SnapshotSource
  private var reader: (any SnapshotConnection)?
  var snapshots = OpenSnapshots()

  package init(
    _ source: any SnapshotSource, name: String = "store-reader"
  ) throws(SystemError) {
    self.source = source
    thread = try BlockingThread(name: name)
  }

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  package func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) throws -> Value {
    try readAll(body)
  }

  package func census() throws -> StoreCensus { try readAll { try $0.census() } }

  private func readAll<Value: Sendable>(
    _ body: @Sendable (Reader) throws -> Value
  ) throws -> Value {
    if let known = self.reader, !known.isUsable { self.reader = nil }
    let reader = try self.reader ?? source.makeReader()
    self.reader = reader
    try reader.begin()
    defer {
      source.check(reader)
      reader.end()
    }
    return try body(reader.reader)
  }

  package func snapshotCounts() -> (open: Int, waiting: Int) { snapshots.counts }

  /// Closes the connections. Nothing is read after it.
  package func close() {
    reader = nil
    snapshots.closeAll()
  }

  /// Ends the thread; after `close`.
  @concurrent package nonisolated func shutdown() async {
    await thread.shutdown()
  }
}

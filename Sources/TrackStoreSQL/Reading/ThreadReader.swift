package import EventLoop
package import TrackDomain

/// Reads for callers that are not on an event loop, and from snapshots that outlast one read, on a
/// thread that may block.
package actor ThreadReader {
  private let thread: BlockingThread
  let source: any SnapshotSource
  private var reader: (any SnapshotConnection)?
  /// When there was no connection to be had last, and why.
  private var refusal: (at: MonotonicTime, error: any Error)?
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

  /// - Parameter asked: when the caller began to wait. While it waited, there may have been no
  ///   connection to be had: then it does not wait for another attempt.
  package func read<Value: Sendable>(
    asked: MonotonicTime = .now(), _ body: @Sendable (any StoreReader) throws -> Value
  ) throws -> Value {
    try readAll(asked, body)
  }

  package func census() throws -> StoreCensus { try readAll(.now()) { try $0.census() } }

  private func connected(_ asked: MonotonicTime) throws -> any SnapshotConnection {
    if let known = reader, known.isUsable { return known }
    reader = nil
    if let refusal, refusal.at > asked { throw refusal.error }
    do {
      let made = try source.makeReader()
      reader = made
      return made
    } catch {
      refusal = (.now(), error)
      throw error
    }
  }

  private func readAll<Value: Sendable>(
    _ asked: MonotonicTime, _ body: @Sendable (Reader) throws -> Value
  ) throws -> Value {
    let reader = try connected(asked)
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

import EventLoop
import Synchronization
public import TrackDomain

/// The store on SQLite: one database file in a data directory that this process holds alone.
///
/// Writes are committed in groups by one thread, with the write-ahead log synced before anybody is
/// answered (`synchronous=FULL`): an acknowledged write survives `kill -9` and a power cut. Reads run
/// on the event loop that asks, each loop with a connection of its own, and on a thread for callers
/// elsewhere.
///
/// A full disk refuses writes (`StoreError.Kind.full`) until there is space. An I/O error, a failed
/// sync or a damaged file ends writing until the next start: `state` is `.failed`, writes are
/// `.unavailable`, and reads go on as well as they can.
public final class SQLiteTrackStore: TrackStore {
  private let status: StoreStatus
  private let writer: Writer
  private let loopReaders: LoopReaders
  private let threadReader: ThreadReader

  /// Opens the store in `directory`, which is made where it is missing, and brings its database up to
  /// date. Blocks; to be called before anything is served.
  public static func open(
    directory: String, options: SQLiteStoreOptions = SQLiteStoreOptions()
  ) throws(StoreOpenError) -> SQLiteTrackStore {
    let directory = try DataDirectory(directory)
    let connection = try Connection.opening(directory, vfs: options.vfs)
    do {
      return try SQLiteTrackStore(directory, connection, options)
    } catch {
      throw .inaccessible(path: directory.path, reason: "\(error)")
    }
  }

  private init(
    _ directory: DataDirectory, _ connection: sending Connection, _ options: SQLiteStoreOptions
  ) throws(SystemError) {
    status = StoreStatus()
    requestRetention = options.requestRetention
    writer = try Writer(
      connection, checkpointer: Checkpointer(usualFrames: options.checkpointFrames),
      reaper: Reaper(
        requestRetention: options.requestRetention, changeRetention: options.changeRetention,
        imageRetention: options.supersededImageRetention, batch: 2 * Writer.groupLimit),
      status: status, clock: options.clock)
    let source = ReaderSource(
      directory: directory, vfs: options.vfs, status: status, writer: writer)
    loopReaders = LoopReaders(source)
    threadReader = try ThreadReader(source)
  }

  /// Commits what was queued, moves the log into the database, and ends the threads. Once, when
  /// nothing reads any more; later writes are `.unavailable`. The directory is free for others when
  /// the store is released.
  public func close() async {
    await threadReader.close()
    await threadReader.shutdown()
    await writer.close()
  }

  public func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    if let loop = EventLoop.current, let reader = try loopReaders.reader(on: loop) {
      return try reader.read(on: loop, body)
    }
    return try await threadReader.read(body)
  }

  public func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value {
    try await threadReader.withSnapshot(limit: limit, body)
  }

  public func write<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    let cancellation = WriteCancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        writer.add(Write(cancellation: cancellation, continuation: continuation, body: body))
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  public let requestRetention: Duration

  public var state: StoreState { status.state }

  /// `body` may ask for `state`, and calls nothing else of the store.
  public func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    status.observe(body)
  }

  public func observeCommits(_ body: @escaping @Sendable (Int64) -> Void) {
    writer.observers.add(body)
  }

  /// How many groups were committed, for tests.
  var commitCount: Int { writer.commits.load(ordering: .acquiring) }

  /// Returns when so many writes wait, for tests.
  func whenQueued(_ count: Int) async {
    while writer.queueCount < count { await Task.yield() }
  }
}

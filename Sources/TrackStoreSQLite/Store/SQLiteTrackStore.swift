import EventLoop
import Synchronization
public import Telemetry
public import TrackDomain
public import TrackStoreSQL

/// The store on SQLite: one database file in a data directory that this process holds alone.
///
/// Writes are committed in groups by one thread, with the write-ahead log synced before anybody is
/// answered (`synchronous=FULL`): an acknowledged write survives `kill -9` and a power cut. Reads
/// run on the event loop that asks, each loop with a connection of its own, and on a thread for
/// callers elsewhere.
///
/// A full disk refuses writes (`StoreError.Kind.full`) until there is space. An I/O error, a failed
/// sync or a damaged file ends writing until the next start: `state` is `.failed`, writes are
/// `.unavailable`, and reads go on as well as they can. The same when a file of the store is
/// removed, renamed or replaced, once what was written is in the database.
public final class SQLiteTrackStore: ServedStore {
  public let metrics: StoreMetrics
  private let status: StoreStatus
  private let writer: Writer
  private let loopReaders: LoopLocal<LoopReader>
  private let threadReader: ThreadReader
  private let spools: Spools
  /// The data folder.
  private let path: String
  /// The key that seals the tokens which callers bring back: 32 bytes, made with the database.
  public let tokenKey: [UInt8]
  /// Signs the audit, and knows the keys that have signed it.
  public let auditSeal: any AuditSeal
  /// The hosts of repositories that were stored before there were rules for hosts, in lower case.
  public let keptHosts: [String]
  /// The operations that were not done when the store was opened, as far as they have a trace.
  public let tracedOperations: [TracedOperation]

  /// Opens the store in `directory`, which is made where it is missing, and brings its database up
  /// to date. Blocks; to be called before anything is served.
  public static func open(
    directory: String, options: SQLiteStoreOptions = SQLiteStoreOptions()
  ) throws(StoreOpenError) -> SQLiteTrackStore {
    let directory = try DataDirectory(directory, group: options.dataGroup)
    directory.reportForeign(options.report)
    if options.vfs == nil { try directory.checkForDatabase() }
    let acceptsLoss = { (damage: LogInspection.Damage) in
      options.report(.dataLost(reason: damage.description))
    }
    let connection = try Connection.opening(
      directory, vfs: options.vfs, acceptsLoss: options.acceptsDataLoss ? acceptsLoss : nil)
    let files = options.vfs == nil ? try OpenedFiles(directory) : nil
    do {
      let elapsed = try connection.integer("SELECT elapsed FROM retention_clock WHERE one = 1")
      let clock = RetentionClock(elapsed: max(0, elapsed ?? 0), uptime: options.uptime)
      let keptHosts = try KeptHosts.all(connection)
      let traced = try Reader(connection).tracedOperations()
      return try SQLiteTrackStore(
        directory, connection, files, options, Retention(options, clock), keptHosts: keptHosts,
        traced: traced)
    } catch {
      throw .inaccessible(path: directory.path, reason: "\(error)")
    }
  }

  private init(
    _ directory: DataDirectory, _ connection: sending Connection, _ files: OpenedFiles?,
    _ options: SQLiteStoreOptions, _ retention: Retention, keptHosts: [String],
    traced: [TracedOperation]
  ) throws {
    path = directory.path
    self.keptHosts = keptHosts
    tracedOperations = traced
    tokenKey = try Self.key("SELECT hex(key) FROM token_key", "the key of tokens", connection)
    auditSeal = options.auditSeal(
      try Self.key("SELECT hex(key) FROM audit_state", "the key of the audit", connection))
    status = StoreStatus()
    let pressure = LogPressure()
    metrics = StoreMetrics()
    writer = try Writer(
      connection,
      checkpointer: Checkpointer(usualFrames: options.checkpointFrames, pressure: pressure),
      reaper: Reaper(retention, batch: 2 * Writer.groupLimit), status: status, files: files,
      head: files == nil ? nil : HeadFile(directory), options: options,
      auditSeal: auditSeal, metrics: metrics)
    let source = ReaderSource(
      directory: directory, vfs: options.vfs, status: status, writer: writer, files: files,
      pressure: pressure, retention: retention)
    spools = try Spools(
      directory: options.vfs == nil ? directory.path : nil, limit: options.spoolBytes)
    loopReaders = LoopLocal { [source] _ throws(StoreError) in try LoopReader(source) }
    threadReader = try ThreadReader(source)
  }

  private static func key(
    _ query: String, _ what: String, _ connection: borrowing Connection
  ) throws -> [UInt8] {
    let digits = Array((try connection.text(query) ?? "").utf8)
    let key = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
    }
    guard key.count == 32 else { throw StoreError(.corrupt, "\(what) cannot be read") }
    return key
  }

  /// Commits what was queued, moves the log into the database, and ends the threads. Once, when
  /// nothing reads any more; later writes are `.unavailable`. The directory is free for others when
  /// the store is released.
  public func close() async {
    await threadReader.close()
    await threadReader.shutdown()
    await spools.shutdown()
    await writer.close()
  }

  public func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    if let loop = EventLoop.current, let reader = try loopReaders.state(on: loop) {
      return try reader.read(on: loop, body)
    }
    return try await threadReader.read(body)
  }

  public var readsAtOnce: Bool { true }

  public func readAtOnce<Value>(_ body: (any StoreReader) throws -> Value) throws -> Value? {
    guard let loop = EventLoop.current, let reader = try loopReaders.state(on: loop) else {
      return nil
    }
    return try reader.read(on: loop, body)
  }

  public func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value {
    try await threadReader.withSnapshot(limit: limit, body)
  }

  public func makeSpool() throws -> any StateSpool { spools.make() }

  public func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    try await Write.run(scope, body) { writer.add($0) }
  }

  /// Counts what is there, on the thread for reads that are not on a loop.
  public func census() async throws -> StoreCensus { try await threadReader.census() }

  /// Writes that wait for their commit; any thread.
  public var queuedWrites: Int { writer.queueCount }

  public var families: [MetricFamily] {
    [
      .gauge(
        "trackd_store_waiting_log_pages",
        "Pages of the write-ahead log that are not in the database yet, about."
      ) { [metrics] in Double(metrics.waitingLogPages.value) },
      MetricFamily(
        .gauge, "trackd_store_file_bytes", "Sizes of the store's files.", labels: ["file"]
      ) { [path] samples in
        for (label, name) in [("database", "trackd.db"), ("log", "trackd.db-wal")] {
          if let bytes = ProcessUsage.fileBytes("\(path)/\(name)") { samples.add([label], bytes) }
        }
      },
    ]
  }

  public func commitStamp(ofComponent id: String) -> UInt64? { writer.stamps[id] }

  /// The data directory is locked.
  public var isExclusive: Bool { true }

  public var state: StoreState { status.state }

  /// `body` may ask for `state`, and calls nothing else of the store.
  public func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    status.observe(body)
  }

  /// No other process commits. `body` runs on the thread that writes.
  @discardableResult
  public func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    writer.observers.add(body)
  }

  /// How many groups were committed, for tests.
  var commitCount: Int { writer.commits.load(ordering: .acquiring) }

  /// How often groups were begun and checkpoints tried, for tests.
  func effort() async -> Writer.Effort { await writer.effort() }

  /// How many snapshots are open, and how many wait for that, for tests.
  func openSnapshots() async -> (open: Int, waiting: Int) { await threadReader.snapshotCounts() }

  /// How many bytes wait on the disk for readers of states, for tests.
  var spooledBytes: Int { spools.usedBytes }

  /// Returns when so many writes wait, for tests.
  func whenQueued(_ count: Int) async {
    while writer.queueCount < count { await Task.yield() }
  }
}

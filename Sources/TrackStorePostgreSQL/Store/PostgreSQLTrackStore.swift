import EventLoop
import Synchronization
public import Telemetry
public import TrackDomain
public import TrackStoreSQL

/// The store on PostgreSQL, which any number of servers share.
///
/// Writes of one server are committed in groups, by few connections. An acknowledged write has
/// survived whatever the database's own settings promise (`synchronous_commit`, standbys). Reads on event
/// loops have connections of the loop, which wait for nothing; all others, and writes, block threads of
/// the store, never their callers.
///
/// A database that cannot be reached refuses reads and writes (`.unavailable`) until it can; `state` is
/// `.unreachable` meanwhile.
public final class PostgreSQLTrackStore: ServedStore {
  public let metrics = StoreMetrics()
  /// The key that seals the tokens which callers bring back: 32 bytes, made with the database.
  public let tokenKey: [UInt8]
  /// Signs the audit, and knows the keys that have signed it.
  public let auditSeal: any AuditSeal
  public let tracedOperations: [TracedOperation]
  /// The hosts of repositories that were stored before there were rules for hosts, in a store that was
  /// copied here. In lower case.
  public let keptHosts: [String]

  private let status = StoreStatus()
  private let durabilityStatus: DurabilityStatus
  private let queue = WriteQueue()
  private let observers = CommitObservers()
  let loopReaders: LoopReaders
  private let readers: ReaderPool
  private let longReaders: LongReaders
  private let snapshots: ThreadReader
  private let writers: [GroupWriter]
  private let spools: Spools
  private let poll: CommitPoll
  private let hints: CommitHints?
  private let reaping: Reaping
  private let reaper = Mutex<Task<Void, Never>?>(nil)

  /// Opens the store, and brings its database up to date. Blocks; to be called before anything is
  /// served.
  ///
  /// - Parameters:
  ///   - connectionString: as libpq takes it; no error shows it.
  ///   - spoolDirectory: for what waits for slow readers of states.
  public static func open(
    _ connectionString: String, spoolDirectory: String?,
    options: PostgreSQLStoreOptions = PostgreSQLStoreOptions()
  ) async throws(StoreOpenError) -> PostgreSQLTrackStore {
    var begun = Begun()
    do {
      let connector = Connector(try ConnectionString(connectionString))
      let connection = try connector.connect(patience: nil)
      let former = try Migration.run(on: connection)
      guard try !PostgreSQLCopyTarget.isUnfinished(connection) else {
        throw StoreOpenError.unfinishedCopy
      }
      if former < Migration.newest {
        options.report(.migrated(from: former, to: Migration.newest))
      }
      let store = try PostgreSQLTrackStore(
        connector, connection, spoolDirectory: spoolDirectory, options, &begun)
      await store.poll.start { [hints = store.hints, status = store.status] in
        hints?.isListening == true && status.state == .open ? options.notifiedPoll : options.poll
      }
      store.startReaping(every: options.reapPause)
      return store
    } catch let error as StoreOpenError {
      await begun.end()
      throw error
    } catch {
      await begun.end()
      throw .inaccessible(reason: "\(error)")
    }
  }

  private init(
    _ connector: Connector, _ connection: PostgreSQLConnection, spoolDirectory: String?,
    _ options: PostgreSQLStoreOptions, _ begun: inout Begun
  ) throws {
    tokenKey = try Self.key(HintSource.key, connection)
    auditSeal = options.auditSeal(
      try Self.key("SELECT key FROM audit_state WHERE one = 1", connection))
    tracedOperations = try Reader(connection).tracedOperations()
    keptHosts = try Self.keptHosts(connection)
    let clock = DatabaseClock(try connection.storeTime(nil), uptime: options.uptime)
    let retention = Retention(options, clock)
    durabilityStatus = DurabilityStatus(try DurabilityStatus.ask(connection))
    longReaders = try begun.add(LongReaders()) { await $0.close() }
    let source = ReaderSource(
      connector: connector, retention: retention, patience: options.readPatience,
      longReaders: longReaders)
    func reader(_ name: String) throws -> ThreadReader {
      try begun.add(ThreadReader(source, name: name)) { await $0.end() }
    }
    loopReaders = LoopReaders(source)
    readers = ReaderPool(
      try (0..<max(1, options.readers)).map { number in
        try begun.add(BatchReader(source, name: "store-reader-\(number)")) { await $0.end() }
      })
    snapshots = try reader("store-snapshots")
    let poll = CommitPoll(try reader("store-poll"), observers, clock, durabilityStatus, status)
    self.poll = poll
    if let string = options.notifyConnection {
      let source = try HintSource(string, store: tokenKey, longReaders, options.readPatience)
      hints = try begun.add(CommitHints(connect: source.connect) { poll.hint() }) {
        await $0.close()
      }
    } else {
      hints = nil
    }
    let context = WriterContext(
      connector: connector, retention: retention, clock: clock, auditSeal: auditSeal,
      queue: queue, observers: observers, hints: hints, metrics: metrics,
      durability: durabilityStatus,
      requiresStandby: options.requiresSyncStandby, patience: options.writePatience,
      deploymentEnded: options.deploymentEnded, operationTraced: options.operationTraced)
    writers = try (0..<max(1, options.writers)).map { number in
      try begun.add(GroupWriter(context, number: number)) { await $0.close() }
    }
    spools = try begun.add(Spools(directory: spoolDirectory, limit: 256 << 20)) {
      await $0.shutdown()
    }
    let isAuditFaultTold = Flag()
    reaping = Reaping(retention) { [report = options.report] finding in
      if isAuditFaultTold.raise() { report(.auditFault(finding)) }
    }
  }

  /// What was begun while the store is opened, to be ended where that fails.
  private struct Begun {
    private var ends: [@Sendable () async -> Void] = []

    mutating func add<Part: Sendable>(
      _ part: Part, end: @escaping @Sendable (Part) async -> Void
    ) -> Part {
      ends.append { await end(part) }
      return part
    }

    func end() async {
      for end in ends.reversed() { await end() }
    }
  }

  private func startReaping(every pause: Duration) {
    let task = Task { [weak self, reaping] in
      while (try? await Task.sleep(for: pause)) != nil {
        // A database that does not answer is asked again later.
        while let self, (try? await reaping.run(on: self)) == true {}
      }
    }
    reaper.withLock { $0 = task }
  }

  private static func keptHosts(_ connection: PostgreSQLConnection) throws -> [String] {
    let rows = connection.statement("SELECT name FROM kept_host ORDER BY name")
    var hosts: [String] = []
    while try rows.step() { hosts.append(rows.text(0)) }
    return hosts
  }

  static func key(
    _ query: String, _ connection: PostgreSQLConnection
  ) throws -> [UInt8] {
    let row = connection.statement(query)
    guard try row.step(), row.blob(0).count == 32 else {
      throw StoreError(.corrupt, "a key of the store cannot be read")
    }
    return row.blob(0)
  }

  /// Commits what was queued, and ends the threads. Once, when nothing reads any more, and before the
  /// event loops are shut down on which something was read; later writes are `.unavailable`.
  @concurrent public func close() async {
    let reaping = reaper.withLock { $0 }
    reaping?.cancel()
    queue.close()
    for writer in writers { await writer.close() }
    await hints?.close()
    await poll.close()
    await reaping?.value
    observers.removeAll()
    await loopReaders.close()
    await readers.close()
    await snapshots.end()
    await longReaders.close()
    await spools.shutdown()
    status.close()
  }

  public func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    if let reader = loopReaders.current {
      // Written by the loop, and read when that is over.
      nonisolated(unsafe) var value: Value?
      if try await reader.read({ unsafe value = try body($0) }), let value = unsafe value.take() {
        return value
      }
    }
    return try await readers.read(body)
  }

  public func readPage<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try await readers.read(body)
  }

  public func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value {
    try await snapshots.withSnapshot(limit: limit, body)
  }

  public func makeSpool() throws -> any StateSpool { spools.make() }

  public func write<Value: Sendable>(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) async throws -> Value {
    try await Write.run(scope, body) { write in
      guard let refusal = queue.add(write) else { return }
      metrics.refusedWrites.add()
      write.fail(refusal)
      write.answer()
    }
  }

  public func census() async throws -> StoreCensus { try await snapshots.census() }

  public var queuedWrites: Int { queue.count }

  /// Whether other servers tell this one of their commits.
  package var isNotified: Bool { hints?.isListening == true }

  public var families: [MetricFamily] {
    [
      .gauge(
        "trackd_store_reachable", "Whether the database answers: 1, or 0 while calls are refused."
      ) { [status] in
        if case .unreachable = status.state { 0 } else { 1 }
      },
      .counter(
        "trackd_store_outages", "Times at which the database no longer answered."
      ) { [status] in status.losses },
      .gauge(
        "trackd_store_notified",
        "Whether other servers tell this one of their commits (--store-notify): 1 or 0."
      ) { [weak self] in self?.isNotified == true ? 1 : 0 },
      .gauge(
        "trackd_store_synchronous",
        "Whether COMMITs wait for a standby, as the settings of the database say: 1 or 0."
      ) { [durabilityStatus] in durabilityStatus.current.shortfall == nil ? 1 : 0 },
    ]
  }

  /// Other servers may write as well.
  public var isExclusive: Bool { false }

  public var state: StoreState { status.state }

  /// `body` may ask for `state`, and calls nothing else of the store.
  public func observeState(_ body: @escaping @Sendable (StoreState) -> Void) {
    status.observe(body)
  }

  /// What the database's settings promise of acknowledged writes: of the connection that promises
  /// least. Known from the opening on.
  public var durability: StoreDurability { durabilityStatus.current }

  /// Calls `body` with what is promised now, and whenever that changes, on any thread. It may ask for
  /// `durability`, and calls nothing else of the store.
  public func observeDurability(_ body: @escaping @Sendable (StoreDurability) -> Void) {
    durabilityStatus.observe(body)
  }

  @discardableResult
  public func observeCommits(_ body: @escaping @Sendable () -> Void) -> CommitObservation {
    observers.add(body)
  }
}

/// Raised once.
private final class Flag: Sendable {
  private let isRaised = Atomic<Bool>(false)

  /// Whether it was not raised before.
  func raise() -> Bool { !isRaised.exchange(true, ordering: .relaxed) }
}

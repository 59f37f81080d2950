import EventLoop
import Synchronization
import TrackDomain
import TrackStoreSQL

/// Reads of many callers by one connection: those that come together read one state of the database,
/// and what all of them ask for next is asked in one round trip. Nobody waits for a read that takes
/// more of them; who comes while an answer is awaited reads a newer state, afterwards.
///
/// Blocks its own thread.
actor BatchReader {
  private let thread: BlockingThread
  private let source: ReaderSource
  private var connection: PostgreSQLConnection?
  /// When there was no connection to be had last, and why.
  private var refusal: (at: MonotonicTime, error: any Error)?
  /// The state of the database that is read.
  private var open: Snapshot?
  /// Who waits for its end.
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// Reads that wait to be alone.
  private var loners = 0
  private var isClosed = false
  /// Whether a read that comes now has to wait. Any thread.
  private let isBusyFlag = Atomic<Bool>(false)
  /// When there was no connection to be had last. Any thread.
  private let refusedAt = Atomic<Int64>(.min)
  /// For how long reads go elsewhere then, if they can.
  private static let pause: Int64 = 1_000_000_000

  /// How often a closure runs in a batch. One with a longer chain of reads has the connection for
  /// itself and waits for each, since whatever runs again decodes again what it had.
  private static let mostRuns = 16

  /// One state of the database, and the reads that are in it.
  private final class Snapshot {
    let connection: PostgreSQLConnection
    let reads = GroupReads()
    let retention: Retention
    /// Reads that are not done, and all that there were.
    var members = 0
    var joined = 0
    /// Whether the database has been asked: who comes now may know of later commits.
    var isTaken: Bool
    /// Those that need rows that are not there.
    var hungry: [CheckedContinuation<Void, Never>] = []
    var failure: StoreError?

    init(_ connection: PostgreSQLConnection, _ retention: Retention, isTaken: Bool) {
      self.connection = connection
      self.retention = retention.still
      self.isTaken = isTaken
    }
  }

  /// Why a read runs once more, with the connection for itself.
  private enum Again: Error {
    /// Another read of the batch has failed, or this one.
    case failed
    /// It takes too many runs.
    case long
  }

  /// There is no connection to be had.
  struct Unconnected: Error {
    let error: any Error
  }

  init(_ source: ReaderSource, name: String) throws(SystemError) {
    self.source = source
    thread = try BlockingThread(name: name)
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }

  nonisolated var isBusy: Bool { isBusyFlag.load(ordering: .relaxed) }
  /// Whether it was not without a connection a moment ago.
  nonisolated var isFit: Bool {
    let last = refusedAt.load(ordering: .relaxed)
    return last == .min || MonotonicTime.now().nanoseconds - last > Self.pause
  }

  /// Throws `Unconnected`, and then `body` was not run, or what `body` throws.
  ///
  /// - Parameter asked: when the caller began to wait. While it waited, there may have been no
  ///   connection to be had: then it does not wait for another attempt.
  func read<Value: Sendable>(
    asked: MonotonicTime, _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    do {
      return try await run(body, in: try await join(asked, alone: false))
    } catch is Again {
      let snapshot = try await join(asked, alone: true)
      defer { leave(snapshot) }
      return try body(Reader(snapshot.connection, snapshot.retention))
    }
  }

  // MARK: Batches

  private func join(_ asked: MonotonicTime, alone: Bool) async throws -> Snapshot {
    if alone { loners += 1 }
    defer {
      if alone {
        loners -= 1
        // Where it could not begin, nobody else would tell them.
        if open == nil { wake() }
      }
    }
    while mustWait(alone: alone) {
      // This may let others run before the continuation is there.
      await withCheckedContinuation { continuation in
        if mustWait(alone: alone) { waiting.append(continuation) } else { continuation.resume() }
      }
    }
    if isClosed { throw StoreError(.unavailable, "the store is closed") }
    let snapshot = try open ?? begin(asked, alone: alone)
    snapshot.members += 1
    snapshot.joined += 1
    return snapshot
  }

  private func mustWait(alone: Bool) -> Bool {
    alone ? open != nil : open?.isTaken == true || loners > 0
  }

  private func begin(_ asked: MonotonicTime, alone: Bool) throws -> Snapshot {
    isBusyFlag.store(true, ordering: .relaxed)
    defer { if open?.isTaken != true { isBusyFlag.store(false, ordering: .relaxed) } }
    let connection = try connected(asked)
    try connection.rollback()
    try connection.enqueue(command: ReaderSource.begin)
    let snapshot = Snapshot(connection, source.retention, isTaken: alone)
    open = snapshot
    return snapshot
  }

  private func connected(_ asked: MonotonicTime) throws -> PostgreSQLConnection {
    if let known = connection, source.isUsable(known) { return known }
    connection = nil
    if let refusal, refusal.at > asked { throw Unconnected(error: refusal.error) }
    do {
      let made = try source.connect()
      connection = made
      refusedAt.store(.min, ordering: .relaxed)
      return made
    } catch {
      refusal = (.now(), error)
      refusedAt.store(MonotonicTime.now().nanoseconds, ordering: .relaxed)
      throw Unconnected(error: error)
    }
  }

  private func run<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value, in snapshot: Snapshot
  ) async throws -> Value {
    defer { leave(snapshot) }
    for _ in 0..<Self.mostRuns {
      let reads = ReplayedReads(snapshot.reads)
      let result = Result { try body(Reader(reads, snapshot.retention)) }
      guard reads.isWaiting else { return try result.get() }
      await rows(of: snapshot)
      guard let failure = snapshot.failure else { continue }
      throw snapshot.joined > 1 ? Again.failed : failure
    }
    throw Again.long
  }

  /// The database may have been asked: who comes from now on waits for the next state.
  private func take(_ snapshot: Snapshot) {
    snapshot.isTaken = true
    isBusyFlag.store(true, ordering: .relaxed)
  }

  /// Waits for the rows that were asked for. They are fetched when whoever has come meanwhile has
  /// asked for its own.
  private func rows(of snapshot: Snapshot) async {
    await withCheckedContinuation { continuation in
      snapshot.hungry.append(continuation)
      guard snapshot.hungry.count == 1 else { return }
      thread.execute { [self] in assumeIsolated { $0.fetch() } }
    }
  }

  private func fetch() {
    guard let snapshot = open else { return }
    take(snapshot)
    do throws(StoreError) {
      try snapshot.reads.fetch(by: snapshot.connection)
    } catch {
      snapshot.failure = error
    }
    let fed = snapshot.hungry
    snapshot.hungry = []
    for continuation in fed { continuation.resume() }
  }

  private func leave(_ snapshot: Snapshot) {
    snapshot.members -= 1
    guard snapshot.members == 0 else { return }
    ReaderSource.end(snapshot.connection)
    open = nil
    isBusyFlag.store(false, ordering: .relaxed)
    wake()
  }

  private func wake() {
    let next = waiting
    waiting = []
    for continuation in next { continuation.resume() }
  }

  /// Waits for the reads that are under way, closes the connection, and ends the thread. Reads that
  /// wait are refused, and nothing is read after it.
  nonisolated func end() async {
    await close()
    await shutdown()
  }

  private func close() async {
    isClosed = true
    while open != nil {
      await withCheckedContinuation { continuation in
        if open == nil { continuation.resume() } else { waiting.append(continuation) }
      }
    }
    connection = nil
  }

  @concurrent private nonisolated func shutdown() async { await thread.shutdown() }
}

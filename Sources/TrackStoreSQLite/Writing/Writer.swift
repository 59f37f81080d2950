import EventLoop
import Synchronization
import TrackDomain

/// The one thread that writes: takes what is queued in groups and commits each group at once.
///
/// `@unchecked Sendable`: queue and flags are touched under `lock` only; what is marked so belongs to
/// the writer's thread.
final class Writer: @unchecked Sendable {
  /// How many writes wait at most; more are refused.
  static let queueLimit = 4096
  /// How many writes share a commit at most.
  static let groupLimit = 128

  /// How many groups were committed: a reader whose snapshot is older than this takes a new one.
  let commits = Atomic<Int>(0)

  private let thread: BlockingThread
  /// Who is told of commits.
  let observers = CommitObservers()

  private let status: StoreStatus
  private let clock: @Sendable () -> Timestamp

  private let lock = Lock()
  private var queue: [any PendingWrite] = []
  private var isDraining = false
  private var isClosed = false

  // The writer's thread.
  private var group: GroupCommit?
  /// The sequence of the newest change that was committed; nil until it was read.
  private var newestChange: Int64?
  private var checkpointer: Checkpointer
  private var reaper: Reaper

  /// Takes over `connection`.
  init(
    _ connection: sending Connection, checkpointer: Checkpointer, reaper: Reaper,
    status: StoreStatus,
    clock: @escaping @Sendable () -> Timestamp
  ) throws(SystemError) {
    self.checkpointer = checkpointer
    self.reaper = reaper
    self.status = status
    self.clock = clock
    thread = try BlockingThread(name: "store-writer")
    group = GroupCommit(transaction: Transaction(connection))
  }

  // MARK: Any thread

  /// Queues a write; when it cannot be, it is answered at once.
  func add(_ write: some PendingWrite) {
    let refusal: StoreError? = lock.withLock {
      if isClosed { return StoreError(.unavailable, "the store is closed") }
      if case .failed(let reason) = status.state {
        return StoreError(.unavailable, "the store failed before: \(reason)")
      }
      if queue.count >= Self.queueLimit {
        return StoreError(.unavailable, "\(Self.queueLimit) writes are waiting")
      }
      queue.append(write)
      if !isDraining {
        isDraining = true
        thread.execute { [self] in drain() }
      }
      return nil
    }
    if let refusal {
      write.fail(refusal)
      write.answer()
    }
  }

  /// How many writes wait.
  var queueCount: Int { lock.withLock { queue.count } }

  /// Runs what is queued, closes the connection, and ends the thread. Once.
  func close() async {
    lock.withLock { isClosed = true }
    // Behind the drain that is running, if any.
    thread.execute { [self] in finish() }
    await thread.shutdown()
  }

  // MARK: The writer's thread

  private func drain() {
    while let writes = take() { run(writes) }
  }

  /// The next group; nil when nothing is queued, and then the next write starts another drain.
  private func take() -> [any PendingWrite]? {
    lock.withLock {
      if queue.isEmpty {
        isDraining = false
        return nil
      }
      let taken = Array(queue.prefix(Self.groupLimit))
      queue.removeFirst(taken.count)
      return taken
    }
  }

  private func run(_ taken: [any PendingWrite]) {
    guard let group, case .open = status.state else {
      for write in taken { refuse(write, "the store failed before") }
      return
    }
    var writes = taken.filter { !$0.isCancelled }
    let now = clock()
    let reaping = writes.isEmpty ? nil : reaper.write(now: now)
    if let reaping { writes.append(reaping) }
    let error = writes.isEmpty ? nil : group.run(writes)
    commits.add(1, ordering: .releasing)
    // Before the answers: whoever is told of the failure finds the store failed.
    if let error { status.fail(error) }
    announce(group)
    // Cancelled ones have kept a CancellationError since they were made.
    for write in taken { write.answer() }
    if let reaping { reaper.ran(reaping, at: now) }
    if error == nil { checkpoint(group.transaction.connection) }
  }

  /// Tells the observers what was committed: after readers can see it, before the answers.
  private func announce(_ group: GroupCommit) {
    let news = group.takeNews()
    if news.isEmpty { return }
    if let change = news.change { newestChange = change }
    // Where it cannot be read, the next write sees a storage that has failed.
    if newestChange == nil { newestChange = try? group.transaction.newestChange() }
    if let newestChange { observers.announce(newestChange) }
  }

  private func refuse(_ write: any PendingWrite, _ reason: String) {
    write.fail(StoreError(.unavailable, reason))
    write.answer()
  }

  private func checkpoint(_ connection: Connection) {
    do throws(SQLiteError) {
      try checkpointer.afterCommit(on: connection)
    } catch {
      status.fail(error)
    }
  }

  private func finish() {
    if let connection = group?.transaction.connection, case .open = status.state {
      do throws(SQLiteError) {
        _ = try connection.checkpoint(.truncate)
      } catch {
        // The log keeps what is in it; the next start reads it.
        if error.kind == .storage { status.fail(error) }
      }
    }
    group = nil
    observers.removeAll()
    status.close()
  }
}

import EventLoop
import Synchronization
import Telemetry
import TrackDomain
import TrackStoreSQL

/// The one thread that writes: takes what is queued in groups and commits each group at once.
///
/// `@unchecked Sendable`: queue and flags are touched under `lock` only; what is marked so belongs
/// to the writer's thread.
final class Writer: @unchecked Sendable {
  /// How many writes wait at most; more are refused.
  static let queueLimit = 4096
  /// How many writes share a commit at most.
  static let groupLimit = 128

  /// How many groups were committed: a reader whose snapshot is older than this takes a new one.
  let commits = Atomic<Int>(0)
  let stamps = CommitStamps()

  private let thread: BlockingThread
  /// Callbacks that run after each commit.
  let observers = CommitObservers()

  private let status: StoreStatus

  private let lock = Lock()
  private var queue: [any PendingWrite] = []
  private var isDraining = false
  private var isClosed = false

  // The writer's thread.
  private var group: GroupCommit?
  private var checkpointer: Checkpointer
  private var reaper: Reaper
  /// Whether what was committed is to be brought from a log without a name into the database.
  private var needsRescue = false
  /// Nil where files have no names that could change: in the file systems of tests.
  private let files: OpenedFiles?
  private let options: SQLiteStoreOptions
  private let metrics: StoreMetrics
  private var jumps = ClockJumps()
  private var head: HeadKeeper?
  private var isAuditFaultTold = false
  /// What the clock of the retention said when it was written down.
  private var clockKeptAt: Int64 = 0
  /// Looks after the store while nothing is written.
  private var pulse: Task<Void, Never>?
  private let isPulseQueued = Atomic<Bool>(false)

  /// Takes over `connection`.
  init(
    _ connection: sending Connection, checkpointer: Checkpointer, reaper: Reaper,
    status: StoreStatus, files: OpenedFiles?, head: HeadFile?, options: SQLiteStoreOptions,
    auditSeal: any AuditSeal = UnsealedAudit(), metrics: StoreMetrics = StoreMetrics()
  ) throws(SystemError) {
    self.checkpointer = checkpointer
    self.reaper = reaper
    self.status = status
    self.files = files
    self.options = options
    self.metrics = metrics
    thread = try BlockingThread(name: "store-writer")
    let transaction = Transaction(connection, reaper.retention, auditSeal: auditSeal)
    group = GroupCommit(
      connection, transaction: transaction, patience: BusyPatience(options.busyPatience))
    self.head = head.map { HeadKeeper($0) }
    _ = jumps.look(wall: options.clock().microseconds, uptime: options.uptime())
    if let lost = self.head?.lost(transaction) { report(.restored(lostUpTo: lost)) }
    if let pause = options.pulse { startPulse(every: pause) }
  }

  private func startPulse(every pause: Duration) {
    pulse = Task { [weak self] in
      while (try? await Task.sleep(for: pause)) != nil {
        guard let self else { return }
        // One at a time, however long the disk takes.
        if isPulseQueued.exchange(true, ordering: .relaxed) { continue }
        thread.execute { [self] in beat() }
      }
    }
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
      metrics.refusedWrites.add()
      write.fail(refusal)
      write.answer()
    }
  }

  /// How many writes wait.
  var queueCount: Int { lock.withLock { queue.count } }

  /// What the writer has tried so far.
  struct Effort: Sendable {
    var groups: Int
    var checkpoints: Int
  }

  func effort() async -> Effort {
    await withCheckedContinuation { continuation in
      thread.execute { [self] in
        let groups = group?.attempts ?? 0
        continuation.resume(
          returning: Effort(groups: groups, checkpoints: checkpointer.attempts))
      }
    }
  }

  /// Runs what is queued, closes the connection, and ends the thread. Once.
  func close() async {
    lock.withLock { isClosed = true }
    pulse?.cancel()
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
    let reaping = reaper.write()
    if let reaping { writes.append(reaping) }
    let failure = writes.isEmpty ? nil : commit(writes, in: group)
    commits.add(1, ordering: .releasing)
    // After that: who finds a new number reads what was committed.
    stamps.count(
      writes.lazy.map(\.scope), catalog: group.transaction.takeCatalogTouch())
    // Before the answers: whoever is told of the failure finds the store failed.
    if let failure { note(failure) }
    checkFiles(group.connection, before: writes)
    announce(group)
    // Cancelled ones have kept a CancellationError since they were made.
    for write in taken { write.answer() }
    if let reaping {
      reaper.ran(reaping)
      if let finding = reaping.finding, !isAuditFaultTold {
        isAuditFaultTold = true
        report(.auditFault(finding))
      }
      clockKeptAt = reaping.time
    }
    if case .open = status.state { checkpoint(group.connection) }
  }

  private func commit(
    _ writes: [any PendingWrite], in group: GroupCommit
  ) -> GroupCommit.Failure? {
    let began = MonotonicTime.now()
    let failure = group.run(writes)
    metrics.groupSizes.record(writes.count)
    metrics.groupTimes.record(Int(MonotonicTime.now().nanoseconds - began.nanoseconds))
    if failure != nil { metrics.failedGroups.add() }
    metrics.auditEvents.add(group.takeOutcomes())
    for operation in group.takeTraced() { options.operationTraced(operation) }
    for end in group.takeEnds() { options.deploymentEnded(end) }
    return failure
  }

  private func note(_ failure: GroupCommit.Failure) {
    switch failure {
    case .storage(let error): status.fail(error.description)
    case .locked(let isNews): if isNews { report(.lockedByOthers) }
    }
  }

  /// Ends writing when a file of the store lost its name, and saves what was written: an unlinked
  /// log is gone with this process, so what it has goes into the database. Where that does not come
  /// to an end at once, or the database itself was taken away, the writes fail: nobody knows what
  /// is left of them.
  private func checkFiles(_ connection: Connection, before writes: [any PendingWrite] = []) {
    guard case .open = status.state, let files, let moved = files.missing else { return }
    status.fail(SQLiteError.moved(moved).description)
    needsRescue = true
    rescue(connection)
    guard needsRescue || files.missingDatabase != nil else { return }
    for write in writes { write.fail(StoreError(SQLiteError.moved(moved))) }
  }

  /// Brings the whole log into the database, as far as readers let it.
  private func rescue(_ connection: Connection) {
    let result = try? connection.checkpoint(.passive)
    if let result, result.moved == result.logged { needsRescue = false }
  }

  /// Once a second, be it idle or not.
  private func beat() {
    isPulseQueued.store(false, ordering: .relaxed)
    guard let group else { return }
    checkFiles(group.connection)
    if needsRescue { rescue(group.connection) }
    let jump = jumps.look(wall: options.clock().microseconds, uptime: options.uptime())
    if let jump { report(.clockJumped(by: .microseconds(jump))) }
    guard case .open = status.state else { return }
    head?.keep(group.transaction)
    // A server that nobody writes to keeps its clock, too.
    if reaper.retention.clock.now - clockKeptAt > Self.clockPause { run([]) }
  }

  /// How long the clock goes on at most before it is written down.
  private static let clockPause: Int64 = 600_000_000

  private func report(_ event: StoreEvent) { options.report(event) }

  /// Tells the observers what was committed: after readers can see it, before the answers.
  private func announce(_ group: GroupCommit) {
    if group.takeNews() { observers.announce() }
  }

  private func refuse(_ write: any PendingWrite, _ reason: String) {
    write.fail(StoreError(.unavailable, reason))
    write.answer()
  }

  private func checkpoint(_ connection: Connection) {
    do throws(SQLiteError) {
      if let frames = try checkpointer.afterCommit(on: connection) {
        report(.logIsLong(frames: frames))
      }
      metrics.waitingLogPages.set(checkpointer.waiting)
    } catch {
      status.fail(error.description)
    }
  }

  private func finish() {
    if let connection = group?.connection {
      checkFiles(connection)
      if needsRescue { rescue(connection) }
      if case .open = status.state {
        if let group { head?.keep(group.transaction) }
        emptyLog(connection)
      }
    }
    group = nil
    observers.removeAll()
    status.close()
  }

  /// Waits for the readers of this process, which let go within milliseconds, but not for others.
  private func emptyLog(_ connection: Connection) {
    do throws(SQLiteError) {
      for _ in 0..<20 {
        let result = try connection.checkpoint(.truncate)
        if result.logged == 0 { return }
        SystemThread.sleep(microseconds: 5000)
      }
    } catch {
      // The log keeps what is in it; the next start reads it.
      if error.kind == .storage { status.fail(error.description) }
    }
  }
}

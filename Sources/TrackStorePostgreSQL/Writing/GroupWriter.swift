import EventLoop
import Glibc
import Telemetry
import TrackDomain
import TrackStoreSQL

/// What the writers of a store have in common. Any thread.
struct WriterContext: Sendable {
  let connector: Connector
  let retention: Retention
  let clock: DatabaseClock
  let auditSeal: any AuditSeal
  let queue: WriteQueue
  let observers: CommitObservers
  /// Tells other servers; nil: they find out.
  let hints: CommitHints?
  let metrics: StoreMetrics
  let durability: DurabilityStatus
  /// Whether writes are refused while no COMMIT waits for a standby.
  let requiresStandby: Bool
  /// How long an answer may take: then the connection is given up, and what it had sent is undone by
  /// the server, or, at a COMMIT, may have happened. For as long a writer tries to find out.
  let patience: Duration
  /// Told of what was committed, as `PostgreSQLStoreOptions` says.
  let deploymentEnded: @Sendable (DeploymentEnd) -> Void
  let operationTraced: @Sendable (TracedOperation) -> Void
}

/// One connection that writes, on a thread of its own: takes what is queued in groups, and commits
/// each group at once.
///
/// `@unchecked Sendable`: what is marked so belongs to the thread.
final class GroupWriter: @unchecked Sendable {
  /// Whatever the database's defaults are: each statement sees what was committed before it.
  private static let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
  /// For so long the server keeps a transaction whose client says nothing: then its locks go.
  private static let patience = "SET LOCAL idle_in_transaction_session_timeout = '5s'"

  // Each is looked up by itself, in the order of the list, in which every group locks them: as a join
  // they would be found by a scan of all components, as long as there are a few thousand of these.
  private static let lockComponents = Query { _ in
    """
    SELECT locked.id FROM json_array_elements_text(?1) AS named (id), LATERAL (
      SELECT c.id FROM component c WHERE c.id = named.id FOR NO KEY UPDATE) AS locked
    """
  }
  /// Those that are not there yet have no row to be locked.
  private static let lockMissing = Query { _ in
    """
    SELECT pg_advisory_xact_lock(hashtextextended(id, \(0x7472_6B64))) FROM (
      SELECT id FROM json_array_elements_text(?1) AS named (id)
      WHERE (SELECT c.id FROM component c WHERE c.id = named.id) IS NULL ORDER BY id) AS missing
    """
  }
  /// Of a list of ids in order. Once more at the end: those that somebody has made while they were
  /// waited for.
  static let locks = [lockComponents, lockMissing, lockComponents]

  /// A write that cannot name what it is about has the database for itself: it excludes all others,
  /// which share.
  enum WideLock {
    static let number: Int64 = 0x7472_6B64_0002
    static let share = "SELECT pg_advisory_xact_lock_shared(\(number))"
    static let exclude = "SELECT pg_advisory_xact_lock(\(number))"
  }

  /// Writes about the catalog alone come one after the other, and beside no others: they decide on
  /// rows that are not there yet, and others on rows of theirs.
  private enum CatalogLock {
    static let number: Int64 = 0x7472_6B64_0003
    static let share = "SELECT pg_advisory_xact_lock_shared(\(number))"
    static let exclude = "SELECT pg_advisory_xact_lock(\(number))"
  }

  /// What every transaction asks of its session, without waiting for it by itself.
  private static let look = Query { _ in
    "SELECT (\(PostgreSQLConnection.clockText))::text, \(DurabilityStatus.settings)"
  }

  private let context: WriterContext
  private let thread: BlockingThread
  private let number: Int

  // The thread's.
  private var connection: PostgreSQLConnection?
  private var transaction: Transaction?
  private var mark = CommitMark()
  /// What the session of the open transaction has said.
  private var durability: StoreDurability?

  init(_ context: WriterContext, number: Int) throws(SystemError) {
    self.context = context
    self.number = number
    thread = try BlockingThread(name: "store-writer-\(number)")
    context.queue.rest(self)
  }

  /// There is something in the queue.
  func wake() { thread.execute { [self] in drain() } }

  /// Ends the thread, once what is queued was run; after the queue's `close`.
  func close() async {
    thread.execute { [self] in
      drain()
      connection = nil
      transaction = nil
    }
    await thread.shutdown()
  }

  // MARK: The thread

  private func drain() {
    while let taken = context.queue.take(for: self) {
      let waves = taken.map { $0.filter { !$0.isCancelled } }.filter { !$0.isEmpty }
      if !waves.isEmpty {
        let began = MonotonicTime.now()
        run(waves)
        context.metrics.groupSizes.record(waves.reduce(0) { $0 + $1.count })
        context.metrics.groupTimes.record(Int(MonotonicTime.now().nanoseconds - began.nanoseconds))
      }
      // Cancelled ones have kept a CancellationError since they were made.
      for write in taken.joined() { write.answer() }
    }
  }

  /// Runs a group; afterwards each of its writes can be answered.
  ///
  /// If the group as a whole is lost before its COMMIT was sent, or was rolled back, each write runs
  /// again by itself, once: so a rule of the schema that one of them breaks is no loss to the others.
  private func run(_ waves: [[any PendingWrite]]) {
    let group = Array(waves.joined())
    var rest = group
    if !group.contains(where: \.scope.isEverything) {
      switch commitTogether(waves) {
      case .committed(let unfit): rest = unfit
      case .lost(let loss):
        if group.count > 1 { context.metrics.failedGroups.add() }
        if !loss.isUndone {
          for write in group { write.fail(loss.error) }
          return
        }
      }
    }
    var unreachable: StoreError?
    for write in rest {
      if let unreachable {
        write.fail(unreachable)
        continue
      }
      var loss = commit(write)
      // Another server may have been first with something: then it decides on that.
      if let first = loss, first.isUndone { loss = commit(write) }
      guard let loss else { continue }
      write.fail(loss.error)
      if case .unreachable(let error) = loss { unreachable = error }
    }
  }

  /// What became of several writes.
  private enum Outcome {
    /// All but those that cannot run together with others.
    case committed(unfit: [any PendingWrite])
    case lost(Loss)
  }

  /// What became of a group that was not committed.
  private enum Loss {
    /// Nothing of it stays.
    case undone(StoreError)
    /// Nobody knows.
    case unknown(StoreError)
    /// There is no connection: what comes next waits for none as well.
    case unreachable(StoreError)

    var error: StoreError {
      switch self {
      case .undone(let error), .unknown(let error), .unreachable(let error): error
      }
    }

    var isUndone: Bool {
      if case .undone = self { true } else { false }
    }
  }

  /// Runs one write, statement by statement.
  private func commit(_ write: any PendingWrite) -> Loss? {
    do {
      let (connection, transaction) = try begun([write])
      transaction.isAlone = true
      write.run(in: transaction)
      if let fault = connection.fault { throw fault }
      if transaction.isSpoilt {
        try connection.rollback()
        return nil
      }
      return try end(transaction, on: connection)
    } catch {
      return undo(error)
    }
  }

  /// How often closures are run, at most, until they have all that they read.
  private static let mostRuns = 64

  /// Each wave reads what the one before it has changed.
  private func commitTogether(_ waves: [[any PendingWrite]]) -> Outcome {
    do {
      let (connection, transaction) = try begun(Array(waves.joined()))
      var unfit: [any PendingWrite] = []
      // What a write read is confirmed by a COMMIT, too.
      var isCommitted = false
      for wave in waves {
        // What comes behind an unfit one runs behind it, too.
        let held = Set(unfit.flatMap(\.scope.componentIds))
        let fit = wave.filter { held.isDisjoint(with: $0.scope.componentIds) }
        unfit += wave.filter { !held.isDisjoint(with: $0.scope.componentIds) }
        let (finished, others) = try run(fit, on: connection)
        unfit += others
        for (member, told) in finished {
          for change in member.changes {
            let statement = connection.statement(change.query)
            statement.bind(change.values)
            try statement.send(changing: change.what)
          }
          transaction.adopt(told)
          isCommitted = isCommitted || !told.isSpoilt
        }
      }
      if !isCommitted {
        try connection.rollback()
      } else if let loss = try end(transaction, on: connection) {
        return .lost(loss)
      }
      return .committed(unfit: unfit)
    } catch {
      return .lost(undo(error))
    }
  }

  /// Nothing was committed: the locks go at once.
  private func undo(_ error: any Error) -> Loss {
    guard let connection else { return .unreachable(Self.storeError(error)) }
    // The next connection makes it again.
    if CommitMark.isMissing(error) { self.connection = nil }
    // Where that fails, the connection is broken, and not used again.
    try? connection.rollback()
    return .undone(Self.storeError(error))
  }

  /// Runs the closures of a group until all have come to their end, or cannot here.
  private func run(
    _ group: [any PendingWrite], on connection: PostgreSQLConnection
  ) throws(StoreError) -> (
    finished: [(member: GroupMember, told: Transaction)], unfit: [any PendingWrite]
  ) {
    let reads = GroupReads()
    let retention = context.retention.still
    var finished: [(member: GroupMember, told: Transaction)] = []
    var unfit: [any PendingWrite] = []
    var waiting = group.map { GroupMember($0, reads) }
    var runs = 0
    while !waiting.isEmpty {
      runs += 1
      var again: [GroupMember] = []
      for member in waiting {
        let told = member.run(retention, context.auditSeal)
        switch member.interruption {
        case .waiting where runs < Self.mostRuns: again.append(member)
        case .waiting, .unfit: unfit.append(member.write)
        case nil: finished.append((member, told))
        }
      }
      try reads.fetch(by: connection)
      waiting = again
    }
    return (finished, unfit)
  }

  /// A connection in a transaction that has the locks of a group, or is about to get them.
  private func begun(
    _ group: [any PendingWrite]
  ) throws -> (PostgreSQLConnection, Transaction) {
    let (connection, transaction) = try opened()
    try connection.rollback()
    transaction.clearNews()
    try connection.enqueue(command: Self.begin)
    try connection.enqueue(command: Self.patience)
    try look(connection)
    try lock(group, on: connection)
    return (connection, transaction)
  }

  /// Gives the changes of a transaction their numbers, and commits it.
  private func end(
    _ transaction: Transaction, on connection: PostgreSQLConnection
  ) throws -> Loss? {
    // Undone with the whole transaction from here on.
    transaction.isAlone = true
    try checkStandby(connection)
    try mark.write(on: connection)
    try transaction.writeJournals()
    _ = connection.takeWarnings()
    do throws(StoreError) {
      try connection.commit()
    } catch {
      guard connection.isBroken else { throw error }
      if let loss = settle(error) { return loss }
    }
    // It is committed here, and a standby may not have it: that is not what was promised.
    let warning = connection.takeWarnings().first(where: \.mayBeAboutReplication)
    if let warning, let loss = settle(StoreError(warning)) { return loss }
    context.metrics.auditEvents.add(transaction.outcomes)
    for operation in transaction.traced { context.operationTraced(operation) }
    for end in transaction.ends { context.deploymentEnded(end) }
    if transaction.hasNews {
      context.observers.announce()
      context.hints?.note()
    }
    return nil
  }

  private func look(_ connection: PostgreSQLConnection) throws(StoreError) {
    durability = nil
    let asked = context.clock.uptime()
    let box = RowBox { [unowned self] rows in heard(rows, asked: asked) }
    try connection.statement(Self.look).collect(into: box)
  }

  private func heard(_ rows: ResultRows, asked: Int64) {
    func text(_ column: Int) -> String {
      unsafe rows.bytes(0, column).map { unsafe String(decoding: $0, as: UTF8.self) } ?? ""
    }
    if let time = Int64(text(0)) { context.clock.set(time, asked: asked) }
    let found = StoreDurability(commit: text(1), standbyNames: text(2))
    durability = found
    context.durability.note(found, of: number)
  }

  private func checkStandby(_ connection: PostgreSQLConnection) throws(StoreError) {
    guard context.requiresStandby else { return }
    if durability == nil { try connection.wait() }
    if let shortfall = durability?.shortfall {
      throw StoreError(.unavailable, "no COMMIT would wait for a standby: \(shortfall)")
    }
  }

  /// Finds out what became of a COMMIT that was not answered, or not confirmed, on a connection of
  /// its own: after a failover, on the new primary.
  ///
  /// - Returns: nil when it was committed.
  private func settle(_ error: StoreError) -> Loss? {
    let end = MonotonicTime.now() + context.patience
    connection = nil
    repeat {
      do {
        let (connection, _) = try opened()
        if try mark.isCommitted(on: connection) { return nil }
        return .undone(error)
      } catch {
        connection = nil
        usleep(100_000)
      }
    } while MonotonicTime.now() < end
    return .unknown(
      StoreError(.unavailable, "a COMMIT may have happened, or not: \(error.detail)"))
  }

  private func opened() throws -> (PostgreSQLConnection, Transaction) {
    if let connection, let transaction, context.connector.isCurrent(connection),
      connection.isUsable
    {
      return (connection, transaction)
    }
    connection = nil
    let made = try context.connector.connect(patience: context.patience)
    try mark.make(on: made)
    let transaction = Transaction(made, context.retention, auditSeal: context.auditSeal)
    connection = made
    self.transaction = transaction
    return (made, transaction)
  }

  private func lock(
    _ group: [any PendingWrite], on connection: PostgreSQLConnection
  ) throws(StoreError) {
    let isWide = group.contains { $0.scope.isEverything }
    try connection.enqueue(command: isWide ? WideLock.exclude : WideLock.share)
    let ids = Set(group.flatMap(\.scope.componentIds))
    let isOfCatalog = ids.isEmpty && group.contains { $0.scope.includesCatalog }
    try connection.enqueue(command: isOfCatalog ? CatalogLock.exclude : CatalogLock.share)
    if ids.isEmpty { return }
    // Ids have no characters that JSON writes otherwise.
    let list = "[" + ids.sorted().map { "\"\($0)\"" }.joined(separator: ",") + "]"
    for query in Self.locks {
      let statement = connection.statement(query)
      statement.bind(1, list)
      try statement.collect(into: RowBox())
    }
  }

  private static func storeError(_ error: any Error) -> StoreError {
    switch error {
    case let error as StoreError: error
    case let error as PostgreSQLError: StoreError(error)
    default: StoreError(.failed, "\(error)")
    }
  }
}

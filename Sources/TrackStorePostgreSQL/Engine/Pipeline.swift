import CPostgreSQL
import EventLoop
import Glibc
import TrackDomain
import TrackStoreSQL

/// One connection of libpq, always in pipeline mode: statements are sent, and their results are read
/// when somebody waits. Belongs to one thread at a time.
///
/// A server that has read a part of what was sent, and no sync point, waits for the rest without any
/// of its timeouts, with the locks it took. libpq writes to the socket whenever it has 8 KiB: so at
/// most that much is sent without a sync point. Inside a transaction sync points have no other
/// meaning. Outside of one, each commits what was sent before it.
@safe final class Pipeline {
  /// What was sent, whose result is to come.
  enum Entry {
    case sync
    case command(isCommit: Bool)
    case preparation(PostgreSQLStatement)
    /// A statement whose rows the next wait returns.
    case awaited
    /// A statement whose rows go into a box.
    case collected(RowBox)
    /// A statement that nobody waits for; with what does not exist when it changed no row.
    case sent(changing: (@Sendable () -> String)?)
  }

  let handle: OpaquePointer
  /// How long a wait may take; nil: as long as it takes. The statement runs on when it is over: the
  /// server is not asked to cancel it, since it may be a COMMIT.
  @safe @exclusivity(unchecked) var waitLimit: Duration?
  /// The first error that is no broken rule of the schema.
  @safe @exclusivity(unchecked) private(set) var fault: PostgreSQLError?
  /// Whether the connection is of no use any more. `fault` says why, for good.
  @safe @exclusivity(unchecked) private(set) var isBroken = false
  /// What a part of the open transaction failed with: nothing else is sent until it is undone.
  @safe @exclusivity(unchecked) private(set) var refusal: StoreError?
  let notices = Notices()

  /// Whether the thread may wait for the socket. If not, what the socket does not take at once is
  /// written, and what comes is read, by `advance`.
  @safe @exclusivity(unchecked) var mayBlock = true
  /// Whether libpq has more to write than the socket took.
  @safe @exclusivity(unchecked) private(set) var isWriting = false

  @safe @exclusivity(unchecked) private var entries: [Entry] = []
  /// What somebody waits for. The array takes turns with `entries`.
  @safe @exclusivity(unchecked) private var awaited: [Entry] = []
  /// How far that was read.
  @safe @exclusivity(unchecked) private var progress = Progress()
  /// About how many bytes were sent behind the last sync point, and behind the last wait.
  @safe @exclusivity(unchecked) private var unsynced = 0
  @safe @exclusivity(unchecked) private var unread = 0
  /// Whether the socket has no more to read than libpq has read.
  @safe @exclusivity(unchecked) private var hasInputEnded = false

  /// Where libpq starts to write to the socket by itself.
  private static let syncSize = 8000
  /// What a message of a statement has besides its values.
  private static let messageSize = 64

  /// Takes over `handle`, an open connection, which `deinit` closes.
  init(owning handle: OpaquePointer) throws(PostgreSQLError) {
    unsafe self.handle = handle
    unsafe notices.listen(to: handle)
    guard unsafe PQsetnonblocking(handle, 1) == 0, unsafe PQenterPipelineMode(handle) == 1 else {
      throw .connection("no pipeline mode: \(lastMessage)")
    }
  }

  deinit { unsafe PQfinish(handle) }

  /// Drops what was not read: statements are let go.
  func close() {
    entries.removeAll()
    awaited.removeAll()
    progress = Progress()
  }

  // MARK: Sending

  /// Whether so much is on its way that somebody should wait for it.
  var isLong: Bool { unread > 1 << 20 }

  /// Whether a transaction is open, as far as its results were read.
  var isInTransaction: Bool {
    let status = unsafe PQtransactionStatus(handle)
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
  }

  /// Sends a message with libpq, unless something went wrong before.
  ///
  /// - Parameter size: how many bytes it has, about.
  func send(_ entry: Entry, size: Int, _ body: () -> Int32) throws(StoreError) {
    if isBroken, let fault { throw StoreError(fault) }
    if let refusal { throw refusal }
    let size = size + Self.messageSize
    if unsynced > 0 && unsynced + size > Self.syncSize { try sync(by: deadline) }
    if body() != 1 { throw fail(.connection(lastMessage)) }
    entries.append(entry)
    unsynced += size
    unread += size
    if unsynced > Self.syncSize { try sync(by: deadline) }
  }

  /// The same for a command without values. After a failure only one that undoes it is sent.
  func send(command: String, undoing: Bool = false) throws(StoreError) {
    if undoing { refusal = nil }
    try send(.command(isCommit: command == "COMMIT"), size: command.utf8.count) {
      unsafe PQsendQueryParams(handle, command, 0, nil, nil, nil, nil, 1)
    }
  }

  private func sync(by deadline: MonotonicTime?) throws(StoreError) {
    if unsafe PQpipelineSync(handle) != 1 { throw fail(.connection(lastMessage)) }
    entries.append(.sync)
    unsynced = 0
    // What libpq keeps, it would send together with what comes next.
    do throws(PostgreSQLError) {
      try flush(deadline)
    } catch {
      throw fail(error)
    }
  }

  /// Whether results are to come that nobody has waited for.
  var isAwaiting: Bool { !entries.isEmpty || !awaited.isEmpty }

  /// Whether one of these has to have changed a row.
  var hasConditions: Bool {
    entries.contains { if case .sent(changing: .some) = $0 { true } else { false } }
  }

  /// Writes what was sent, and does not wait for its results.
  func push() throws(StoreError) {
    if isBroken, let fault { throw StoreError(fault) }
    let deadline = waitLimit.map { MonotonicTime.now() + $0 }
    if unsynced > 0 { try sync(by: deadline) }
    do throws(PostgreSQLError) {
      try flush(deadline)
    } catch {
      throw fail(error)
    }
  }

  // MARK: Waiting

  /// Waits for the results of everything that was sent.
  ///
  /// Throws the first error among them, in the order of sending: what came behind it did not run, or
  /// is to be undone.
  ///
  /// - Parameter dropsRefusals: whether broken rules of the schema are no errors, because what broke
  ///   them is undone now.
  /// - Returns: the rows of the statement that was sent last to be waited for.
  @discardableResult
  func wait(dropsRefusals: Bool = false) throws(StoreError) -> ResultRows? {
    if isBroken, let fault { throw StoreError(fault) }
    if let refusal, !dropsRefusals { throw refusal }
    if entries.isEmpty { return nil }
    let deadline = deadline
    if unsynced > 0 { try sync(by: deadline) }
    awaitEntries()
    do throws(PostgreSQLError) {
      while try !readResults() { try poll(forWriting: false, deadline) }
    } catch {
      throw fail(error)
    }
    return try settle(finishReading(), dropsRefusals: dropsRefusals)
  }

  // MARK: Waiting without blocking

  /// Begins to wait for the results of everything that was sent, together with those that are
  /// awaited already; `advance` goes on with it.
  func startWaiting() throws(StoreError) {
    if isBroken, let fault { throw StoreError(fault) }
    if unsynced > 0 { try sync(by: nil) }
    awaitEntries()
  }

  /// Writes what the socket takes, and reads what has come. Throws when the connection is lost, and
  /// with the last result as `wait` does.
  ///
  /// - Returns: whether everything is there that was awaited.
  func advance() throws(StoreError) -> Bool {
    if isBroken, let fault { throw StoreError(fault) }
    if unsafe PQconsumeInput(handle) != 1 { hasInputEnded = true }
    do throws(PostgreSQLError) {
      if hasInputEnded && awaited.isEmpty { throw .connection(lastMessage) }
      if isWriting { try flush(nil) }
      guard try readResults() else { return false }
    } catch {
      throw fail(error)
    }
    try settle(finishReading(), dropsRefusals: false)
    return true
  }

  /// Whether the server has told of a NOTIFY of another session since this was asked the last time.
  func takeNotifications() -> Bool {
    var wasTold = false
    while let notification = unsafe PQnotifies(handle) {
      if unsafe notification.pointee.be_pid != PQbackendPID(handle) { wasTold = true }
      unsafe PQfreemem(notification)
    }
    return wasTold
  }

  private func awaitEntries() {
    if awaited.isEmpty { swap(&entries, &awaited) } else { awaited += entries }
    entries.removeAll(keepingCapacity: true)
  }

  private func finishReading() -> Outcome {
    awaited.removeAll(keepingCapacity: true)
    unread = 0
    defer { progress = Progress() }
    return progress.outcome
  }

  /// Runs the statements of a script, which may have several, as one transaction unless it has
  /// others of its own. Nothing else is on its way then.
  func run(script: String) throws(StoreError) {
    try wait()
    var outcome = Outcome()
    do throws(PostgreSQLError) {
      let deadline = deadline
      guard unsafe PQexitPipelineMode(handle) == 1, unsafe PQsendQuery(handle, script) == 1 else {
        throw PostgreSQLError.connection(lastMessage)
      }
      try flush(deadline)
      while let result = unsafe try nextResult(deadline) {
        defer { unsafe PQclear(result) }
        unsafe try note(result, &outcome)
      }
      guard unsafe PQenterPipelineMode(handle) == 1 else {
        throw PostgreSQLError.connection(lastMessage)
      }
    } catch {
      throw fail(error)
    }
    try settle(outcome, dropsRefusals: false)
  }

  private var deadline: MonotonicTime? { waitLimit.map { MonotonicTime.now() + $0 } }

  /// What a wait has found so far.
  private struct Outcome {
    var refusal: StoreError?
    var error: PostgreSQLError?
    var rows: ResultRows?

    mutating func note(_ found: PostgreSQLError) {
      if refusal == nil { refusal = StoreError(found) }
      if error == nil { error = found }
    }

    mutating func note(_ found: StoreError) { if refusal == nil { refusal = found } }
  }

  @discardableResult
  private func settle(
    _ outcome: Outcome, dropsRefusals: Bool
  ) throws(StoreError) -> ResultRows? {
    if let error = outcome.error, error.kind != .constraint, fault == nil { fault = error }
    guard let refusal = outcome.refusal else { return outcome.rows }
    if isInTransaction { self.refusal = refusal }
    if dropsRefusals && fault == nil { return nil }
    throw refusal
  }

  /// How far the results of `awaited` were read.
  private struct Progress {
    var count = 0
    /// Whether the result of the next entry was read, but not what ends its results.
    var isBehindResult = false
    var outcome = Outcome()
  }

  /// Reads the results that have come. Throws when the connection is lost.
  ///
  /// - Returns: whether these are all that are awaited.
  private func readResults() throws(PostgreSQLError) -> Bool {
    while progress.count < awaited.count {
      guard unsafe PQisBusy(handle) == 0 else {
        if hasInputEnded { throw .connection(lastMessage) }
        return false
      }
      let result = unsafe PQgetResult(handle)
      if progress.isBehindResult {
        guard unsafe result == nil else {
          unsafe PQclear(result)
          throw lostPlace
        }
        progress.isBehindResult = false
        progress.count += 1
        continue
      }
      guard let result = unsafe result else { throw lostPlace }
      let entry = awaited[progress.count]
      unsafe try read(entry, result, &progress.outcome)
      if case .sync = entry { progress.count += 1 } else { progress.isBehindResult = true }
    }
    return true
  }

  /// Takes the result of one entry. Throws when the connection is lost.
  private func read(
    _ entry: Entry, _ result: OpaquePointer, _ outcome: inout Outcome
  ) throws(PostgreSQLError) {
    var isKept = false
    defer { if !isKept { unsafe PQclear(result) } }
    let status = unsafe PQresultStatus(result)
    let isFine = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK
    unsafe try note(result, &outcome)
    switch entry {
    case .sync:
      guard status == PGRES_PIPELINE_SYNC else { throw lostPlace }
      return
    case .command(let isCommit):
      // A transaction that failed before ends with ROLLBACK instead, which is no error to the
      // server.
      if isFine, isCommit, unsafe String(cString: PQcmdStatus(result)) != "COMMIT" {
        outcome.note(
          PostgreSQLError(state: "25P02", message: "the transaction was undone, not committed"))
      }
    case .preparation(let statement):
      statement.prepared(isFine)
    case .collected(let box):
      if isFine {
        isKept = true
        unsafe box.rows = ResultRows(owning: result)
      }
    case .awaited:
      if isFine {
        outcome.rows = unsafe ResultRows(owning: result)
        isKept = true
      }
    case .sent(changing: let what):
      if isFine, let what, unsafe String(cString: PQcmdTuples(result)) == "0" {
        outcome.note(StoreError(.failed, "\(what()) does not exist"))
      }
    }
  }

  private func note(
    _ result: OpaquePointer, _ outcome: inout Outcome
  ) throws(PostgreSQLError) {
    switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_PIPELINE_SYNC: break
    // It did not run, after an error that has been noted.
    case PGRES_PIPELINE_ABORTED: break
    case PGRES_FATAL_ERROR:
      let error = unsafe PostgreSQLError(of: result)
      // Its preparation did not run behind an error, and will run again.
      let isFollowing = error.isOfSession && outcome.error != nil
      outcome.note(error)
      if error.endsConnection && !isFollowing { throw error }
    default: throw lostPlace
    }
  }

  /// The next result of libpq; nil ends those of one statement. Throws where it does not come.
  private func nextResult(_ deadline: MonotonicTime?) throws(PostgreSQLError) -> OpaquePointer? {
    while unsafe PQisBusy(handle) != 0 {
      if hasInputEnded { throw .connection(lastMessage) }
      try poll(forWriting: false, deadline)
    }
    return unsafe PQgetResult(handle)
  }

  /// Writes what libpq has not written yet, and reads meanwhile: a server whose answers nobody reads
  /// stops to read itself.
  private func flush(_ deadline: MonotonicTime?) throws(PostgreSQLError) {
    while true {
      isWriting = false
      switch unsafe PQflush(handle) {
      case 0: return
      case 1 where !hasInputEnded:
        if !mayBlock {
          isWriting = true
          return
        }
        try poll(forWriting: true, deadline)
      // What the server said before it went may be there to be read.
      default:
        hasInputEnded = true
        return
      }
    }
  }

  private func poll(forWriting: Bool, _ deadline: MonotonicTime?) throws(PostgreSQLError) {
    let events = forWriting ? SocketWait.readable | SocketWait.writable : SocketWait.readable
    let socket = unsafe PQsocket(handle)
    // libpq has closed it.
    if socket < 0 {
      hasInputEnded = true
      return
    }
    guard let ready = SocketWait.wait(socket, for: events, until: deadline) else {
      throw .connection("no answer came within \(waitLimit ?? .zero)")
    }
    if ready & ~SocketWait.writable == 0 { return }
    if unsafe PQconsumeInput(handle) != 1 { hasInputEnded = true }
  }

  // MARK: Failure

  /// What went wrong is over: the transaction was rolled back. A broken connection stays broken.
  func clearFault() {
    guard !isBroken else { return }
    fault = nil
    refusal = nil
  }

  /// The server is told at once that nothing more comes: what it has to read, a COMMIT for instance,
  /// it still does, and then its locks go, however long the connection is kept.
  private func fail(_ error: PostgreSQLError) -> StoreError {
    isBroken = true
    let socket = unsafe PQsocket(handle)
    if socket >= 0 { shutdown(socket, Int32(SHUT_WR)) }
    close()
    fault = error
    return StoreError(error)
  }

  private var lostPlace: PostgreSQLError {
    .connection("results do not belong to what was sent: \(lastMessage)")
  }

  /// libpq's last message; it has no values of parameters.
  private var lastMessage: String {
    unsafe PQerrorMessage(handle).map { unsafe String(cString: $0) } ?? ""
  }
}

import CPostgreSQL
import EventLoop
package import TrackDomain
package import TrackStoreSQL

/// One connection to a PostgreSQL database. Belongs to one thread at a time, which it may block.
///
/// What is sent without waiting belongs into a transaction: see `Pipeline`.
@safe package final class PostgreSQLConnection {
  private let pipeline: Pipeline
  /// Whether statements are prepared by name; asked when one is used first.
  var preparesStatements: Bool
  /// The server's timeline, where it is known; else 0.
  var timeline: Int64 = 0
  /// Statements by the slot of their query.
  @safe @exclusivity(unchecked) private var statements: [PostgreSQLStatement?] = []
  /// Whether a closure has begun changes that are neither undone nor left to the transaction.
  @safe @exclusivity(unchecked) private var hasSavepoint = false

  /// Connects; blocks.
  ///
  /// What the string does not say: 10 s for each address (`connect_timeout`), a peer that
  /// acknowledges nothing for 5 s is gone (`tcp_user_timeout`), and so is a silent one after
  /// keepalives of the same time; `application_name` is trackd. The encoding is UTF8, whatever it
  /// says. No error shows the string.
  ///
  /// - Parameters:
  ///   - string: how to reach the database.
  ///   - preparesStatements: whether statements are prepared by name. Not behind poolers that give
  ///     each transaction another session, unless they know of prepared statements.
  package init(
    _ string: ConnectionString, preparesStatements: Bool = true
  ) throws(PostgreSQLError) {
    guard let handle = unsafe cpostgresql_connect(string.text) else {
      throw PostgreSQLError(state: "53200", message: "out of memory")
    }
    guard unsafe PQstatus(handle) == CONNECTION_OK else {
      let message = unsafe PQerrorMessage(handle).map { unsafe String(cString: $0) } ?? ""
      unsafe PQfinish(handle)
      throw PostgreSQLError(
        state: "08001", severity: "FATAL", message: string.redact(message))
    }
    unsafe pipeline = try Pipeline(owning: handle)
    self.preparesStatements = preparesStatements
  }

  deinit { pipeline.close() }

  // MARK: Statements

  /// The statement of `query`, kept. It is prepared by its first run.
  func statement(_ query: Query) -> PostgreSQLStatement {
    let slot = query.slot
    if slot < statements.count, let statement = statements[slot] { return statement }
    let name = preparesStatements ? "q\(slot)" : nil
    let statement = PostgreSQLStatement(query.text(for: .postgreSQL), name: name, in: pipeline)
    while statements.count <= slot { statements.append(nil) }
    statements[slot] = statement
    return statement
  }

  /// A statement for one use or a few, with parameters as in a `Query`.
  package func statement(_ sql: String) -> any Statement {
    PostgreSQLStatement(sql, name: nil, in: pipeline)
  }

  /// Runs the statements of a script, one after the other; their rows are ignored. Without a
  /// transaction of its own, all of them are one.
  package func execute(script: String) throws(StoreError) { try pipeline.run(script: script) }

  /// The first column of the first row of `sql`, or nil without a row.
  package func integer(_ sql: String) throws(StoreError) -> Int64? {
    let statement = statement(sql)
    return try statement.step() ? statement.int(0) : nil
  }

  /// The first column of the first row of `sql`, or nil without a row.
  package func text(_ sql: String) throws(StoreError) -> String? {
    let statement = statement(sql)
    return try statement.step() ? statement.text(0) : nil
  }

  // MARK: Sending and waiting

  /// Sends a command without values, such as `BEGIN`, and does not wait: what it is refused for is
  /// thrown by a later wait.
  package func enqueue(command: String) throws(StoreError) { try pipeline.send(command: command) }

  /// Waits for everything that was sent, and throws the first error of it, in the order of sending.
  package func wait() throws(StoreError) { try pipeline.wait() }

  /// Begins to wait for everything that was sent; `advance` tells when it is there. For a thread that
  /// must not block: see `mayBlock`.
  func startWaiting() throws(StoreError) { try pipeline.startWaiting() }

  /// Goes on with what `startWaiting` began, when the socket is ready. Throws as `wait` does.
  ///
  /// - Returns: whether everything is there.
  func advance() throws(StoreError) -> Bool { try pipeline.advance() }

  /// Whether the server has told of a NOTIFY of another session since this was asked the last time.
  func takeNotifications() -> Bool { pipeline.takeNotifications() }

  /// Whether results are to come.
  var isAwaiting: Bool { pipeline.isAwaiting }

  /// Whether the connection waits until its socket takes more.
  var isWriting: Bool { pipeline.isWriting }

  /// Whether its thread may wait for the socket; true at first. If not, only what `wait` is not
  /// needed for can be used: sending, `startWaiting`, `advance`, `forget`.
  var mayBlock: Bool {
    get { pipeline.mayBlock }
    set { pipeline.mayBlock = newValue }
  }

  /// Sends ROLLBACK, behind something that has failed, and forgets that.
  func forget() throws(StoreError) {
    pipeline.clearFault()
    try pipeline.send(command: "ROLLBACK", undoing: true)
  }

  /// Sends what was enqueued, and leaves its results to the next wait.
  package func push() throws(StoreError) { try pipeline.push() }

  /// How long a wait may take; nil, as at first: as long as it takes. Then the connection is broken,
  /// and what it had sent runs on: it may have happened or not.
  package var waitLimit: Duration? {
    get { pipeline.waitLimit }
    set { pipeline.waitLimit = newValue }
  }

  /// Commits the transaction that is open, with what was sent before. Where that has to have changed a
  /// row, it is known whether it did before COMMIT is sent: to the database nothing is wrong.
  ///
  /// Throws as `wait` does. When the connection is broken then, nobody knows whether it happened.
  package func commit() throws(StoreError) {
    if pipeline.hasConditions { try pipeline.wait() }
    try pipeline.send(command: "COMMIT")
    try pipeline.wait()
  }

  /// Ends the transaction that is open, if any, and forgets what went wrong in it. Throws when the
  /// connection is broken.
  package func rollback() throws(StoreError) {
    hasSavepoint = false
    do { try pipeline.wait(dropsRefusals: true) } catch { if isBroken { throw error } }
    pipeline.clearFault()
    if isInTransaction {
      try pipeline.send(command: "ROLLBACK", undoing: true)
      try pipeline.wait()
    }
  }

  // MARK: State

  /// Whether the connection is of no use any more; `fault` says why.
  package var isBroken: Bool { pipeline.isBroken }

  /// Whether a connection from which nothing is awaited can be used: the server says nothing by
  /// itself then, but that it ends the session. Waits for results that were left, and for nothing else.
  package var isUsable: Bool {
    if pipeline.isAwaiting { _ = try? pipeline.wait(dropsRefusals: true) }
    if isBroken { return false }
    return SocketWait.wait(descriptor, for: SocketWait.readable, until: MonotonicTime.now()) == nil
  }

  /// Whether a transaction is open, as far as was waited for.
  package var isInTransaction: Bool { pipeline.isInTransaction }

  /// The process of the session, as the server said when it began.
  var processId: Int64 { Int64(unsafe PQbackendPID(pipeline.handle)) }

  /// Its socket.
  var descriptor: Int32 { unsafe PQsocket(pipeline.handle) }

  /// What the database reported first, broken rules of the schema apart.
  package var lastFault: PostgreSQLError? { pipeline.fault }

  /// What the server warned of since this was asked the last time, oldest first. A COMMIT that
  /// stopped waiting for its standby is such a warning.
  package func takeWarnings() -> [PostgreSQLError] { pipeline.notices.takeWarnings() }
}

extension PostgreSQLConnection: TransactionSource {
  /// Microseconds since 1970.
  static let clockText = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
  static let clock = Query("SELECT \(clockText)")

  package func prepared(_ query: Query) throws(StoreError) -> any Statement {
    if let fault { throw fault }
    return statement(query)
  }

  package var fault: StoreError? { pipeline.fault.map { StoreError($0) } }

  package func storeTime(_ retention: Retention?) throws(StoreError) -> Timestamp {
    let statement = try prepared(Self.clock)
    defer { statement.reset() }
    _ = try statement.step()
    let time = statement.time(0)
    try statement.check("the clock")
    return time
  }

  /// Other servers write too.
  package var numbersAtCommit: Bool { true }

  package var mayLoseCommits: Bool { true }

  package func beginChanges() throws(StoreError) {
    try pipeline.send(command: "SAVEPOINT closure")
    hasSavepoint = true
  }

  /// Waits only where something is on its way. Does nothing where the changes are undone already.
  package func undoChanges() throws(StoreError) {
    guard hasSavepoint else { return }
    hasSavepoint = false
    try pipeline.wait(dropsRefusals: true)
    try pipeline.send(command: "ROLLBACK TO closure", undoing: true)
    try pipeline.send(command: "RELEASE closure")
  }

  /// Waits for what the closure sent: what that is refused for is thrown here at the latest, and the
  /// changes are undone then, so that only the closure fails.
  ///
  /// A group could go on without waiting, with a sync point, a savepoint and a ROLLBACK TO for each
  /// closure, and learn at its end which of them failed.
  package func endChanges() throws(StoreError) {
    guard hasSavepoint else { return }
    do {
      try pipeline.wait()
    } catch {
      if fault == nil { try undoChanges() }
      throw error
    }
    hasSavepoint = false
    try pipeline.send(command: "RELEASE closure")
  }
}

import TrackDomain
import TrackStoreSQL

/// One closure of a group: what it reads comes from `GroupReads`, and what it writes is kept until it
/// has come to its end.
final class GroupMember: TransactionSource {
  /// A statement that changes rows, as it is to be sent.
  struct Change {
    let query: Query
    let values: [StoredValue]
    let what: (@Sendable () -> String)?
  }

  let write: any PendingWrite
  private let reads: GroupReads
  private var statements: [Int: BufferedStatement] = [:]
  private(set) var changes: [Change] = []
  /// Why the closure did not come to its end in this run.
  private(set) var interruption: Interruption?

  enum Interruption {
    /// It asked for rows that are not there yet.
    case waiting
    /// It reads what it wrote, or wants to know how many rows it changed: it has to run by itself.
    case unfit
  }

  init(_ write: any PendingWrite, _ reads: GroupReads) {
    self.write = write
    self.reads = reads
  }

  /// Runs the closure, from its beginning.
  ///
  /// - Returns: with what it had to tell besides its changes.
  func run(_ retention: Retention, _ seal: any AuditSeal) -> Transaction {
    changes = []
    interruption = nil
    let transaction = Transaction(self, retention, auditSeal: seal)
    transaction.isAlone = true
    write.run(in: transaction)
    if transaction.isSpoilt { changes = [] }
    return transaction
  }

  fileprivate func rows(
    _ query: Query, _ values: [StoredValue]
  ) throws(StoreError) -> ResultRows {
    if !changes.isEmpty { throw interrupt(.unfit) }
    if let rows = try reads.rows(query, values) { return rows }
    throw interrupt(.waiting)
  }

  fileprivate func interrupt(_ interruption: Interruption) -> StoreError {
    if self.interruption == nil { self.interruption = interruption }
    return StoreError(.unavailable, "the closure runs again")
  }

  fileprivate func append(_ change: Change) { changes.append(change) }

  // MARK: Source

  func prepared(_ query: Query) throws(StoreError) -> any Statement {
    if let fault { throw fault }
    if let statement = statements[query.slot] { return statement }
    let statement = BufferedStatement(query, of: self)
    statements[query.slot] = statement
    return statement
  }

  /// A closure that catches the interruption goes no further.
  var fault: StoreError? { interruption.map { interrupt($0) } }

  func storeTime(_ retention: Retention?) throws(StoreError) -> Timestamp {
    let statement = try prepared(PostgreSQLConnection.clock)
    defer { statement.reset() }
    _ = try statement.step()
    return statement.time(0)
  }

  var numbersAtCommit: Bool { true }

  // Nothing was sent that would have to be undone.
  func beginChanges() throws(StoreError) {}
  func undoChanges() throws(StoreError) {}
  func endChanges() throws(StoreError) {}
}

/// A statement of a closure in a group.
private final class BufferedStatement: RowStatement {
  private let query: Query
  private unowned let member: GroupMember
  private var values: [StoredValue] = []
  var rows: ResultRows?
  var row = -1
  var oddity: String?

  init(_ query: Query, of member: GroupMember) {
    self.query = query
    self.member = member
  }

  func step() throws(StoreError) -> Bool {
    if rows == nil {
      rows = try member.rows(query, values)
      row = -1
    }
    return advance()
  }

  @discardableResult
  func run() throws(StoreError) -> Int { throw member.interrupt(.unfit) }

  func send(changing what: (@Sendable () -> String)?) throws(StoreError) {
    member.append(GroupMember.Change(query: query, values: values, what: what))
  }

  func bind(_ index: Int32, _ value: Int64) { set(index, .number(value)) }
  func bind(_ index: Int32, _ value: String) { set(index, .text(value)) }
  func bind(_ index: Int32, _ value: [UInt8]) { set(index, .bytes(value)) }
  func bindNull(_ index: Int32) { set(index, .null) }

  private func set(_ index: Int32, _ value: StoredValue) {
    while values.count < Int(index) { values.append(.null) }
    values[Int(index) - 1] = value
  }
}

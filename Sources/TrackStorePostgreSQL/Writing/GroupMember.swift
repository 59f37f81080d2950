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
  var statements: [ReplayedStatement] = []
  var isForeseeing = false
  /// How many more reads of this run have foreseen rows.
  private var foreseen: [GroupReads.Key: Int] = [:]
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
    statements = []
    changes = []
    foreseen = [:]
    interruption = nil
    let transaction = Transaction(self, retention, auditSeal: seal)
    transaction.isAlone = true
    write.run(in: transaction)
    if transaction.isSpoilt { changes = [] }
    return transaction
  }

  private func interrupt(_ interruption: Interruption) -> StoreError {
    if self.interruption == nil { self.interruption = interruption }
    return .runsAgain
  }

  // MARK: Source

  var fault: StoreError? { interruption.map { interrupt($0) } }

  var numbersAtCommit: Bool { true }

  // Nothing was sent that would have to be undone.
  func beginChanges() throws(StoreError) {}
  func undoChanges() throws(StoreError) {}
  func endChanges() throws(StoreError) {}
}

extension GroupMember: Replay {
  func rows(_ query: Query, _ values: [StoredValue]) throws(StoreError) -> ResultRows {
    let read = GroupReads.Key(slot: query.slot, values: values)
    if isForeseeing {
      if !changes.isEmpty { throw .runsAgain }
      foreseen[read, default: 0] += 1
    } else if let count = foreseen[read], count > 0 {
      foreseen[read] = count - 1
    } else if !changes.isEmpty {
      throw interrupt(.unfit)
    }
    if let rows = reads.rows(query, values) { return rows }
    throw isForeseeing ? .runsAgain : interrupt(.waiting)
  }

  func change(
    _ query: Query, _ values: [StoredValue], _ what: (@Sendable () -> String)?
  ) throws(StoreError) {
    changes.append(Change(query: query, values: values, what: what))
  }

  func uncounted() -> StoreError { interrupt(.unfit) }
}

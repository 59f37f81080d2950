import TrackDomain

/// The lanes of an executor, and what it still owes the store.
actor LaneSchedule {
  private var table = LaneTable()
  /// What the store did not take yet, by operation.
  private var owed: [String: Debt] = [:]
  /// Operations that were told to be unreadable.
  private var told: Set<String> = []
  private var deletions = 0
  private(set) var isDraining = false

  /// Whether the lane may be worked on; it is busy then, until `leave`.
  func admit(_ lane: String, at now: Timestamp) -> LaneTable.Admission {
    table.admit(lane, at: now)
  }

  func leave(_ lane: String, _ end: LaneTable.End, at now: Timestamp) {
    table.leave(lane, end, at: now)
  }

  /// How many operations a batch has at most: a share of what all lanes together may hold.
  var share: Int {
    let equal = ExecutorOptions.maximumLeased / max(1, table.running)
    return min(ExecutorOptions.batchSize, max(ExecutorOptions.smallestBatch, equal))
  }

  // MARK: Deletions

  /// How many more deletions may be under way.
  var freeDeletions: Int { ExecutorOptions.deletionsAtOnce - deletions }

  func beginDeletions(_ count: Int) { deletions += count }

  func endDeletion() { deletions -= 1 }

  /// From now on no lane begins another batch.
  func drain() {
    isDraining = true
  }

  /// Whether anything is worked on, or to be given back.
  var isWorking: Bool { table.running > 0 || deletions > 0 || owes }

  // MARK: Debts

  /// What is to be written of an operation once the store takes it.
  enum Debt: Sendable {
    /// The end of the lease, with the time when the operation is due again.
    case release(Operation, dueAt: Timestamp)
    /// The same for an operation that cannot be read.
    case putOff(componentId: String, until: Timestamp)
  }

  /// Whether nobody was told of that operation yet. Forgets when there are many.
  func isNews(_ id: String) -> Bool {
    if told.count > 1000 { told = [] }
    return told.insert(id).inserted
  }

  func owe(_ id: String, _ debt: Debt) { owed[id] = debt }

  func owe(_ operations: [Operation], until dueAt: Timestamp) {
    for operation in operations { owed[operation.id] = .release(operation, dueAt: dueAt) }
  }

  var owes: Bool { !owed.isEmpty }

  /// What is owed; the caller sees to it.
  func takeOwed() -> [String: Debt] {
    defer { owed = [:] }
    return owed
  }
}

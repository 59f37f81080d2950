import TrackDomain

/// The lanes of an executor, and the writes that it still owes the store.
actor LaneSchedule {
  private var table = LaneTable()
  /// The writes that the store has not taken yet, by operation.
  private var owed: [String: Debt] = [:]
  /// The unreadable operations that were reported.
  private var told: Set<String> = []
  private var deletions = 0
  private(set) var isDraining = false

  /// Admits a lane if it may be worked on; it is busy then until `leave`.
  func admit(_ lane: String, at now: Timestamp) -> LaneTable.Admission {
    table.admit(lane, at: now)
  }

  func leave(_ lane: String, _ end: LaneTable.End, at now: Timestamp) {
    table.leave(lane, end, at: now)
  }

  /// The most operations of a batch: an equal share of what all lanes together may lease.
  var share: Int {
    let equal = ExecutorOptions.maximumLeased / max(1, table.running)
    return min(ExecutorOptions.batchSize, max(ExecutorOptions.smallestBatch, equal))
  }

  // MARK: Lanes of places

  /// How many removals go on in the lanes of places.
  private var removals: [String: Int] = [:]

  /// The lanes in which something is published.
  var inUse: [String] { table.names.union(removals.keys).sorted() }

  func beginRemoval(in lanes: Set<String>) {
    for lane in lanes { removals[lane, default: 0] += 1 }
  }

  func endRemoval(in lanes: Set<String>) {
    for lane in lanes {
      removals[lane, default: 1] -= 1
      if removals[lane] == 0 { removals[lane] = nil }
    }
  }

  // MARK: Deletions

  /// How many more deletions may begin.
  var freeDeletions: Int { ExecutorOptions.deletionsAtOnce - deletions }

  func beginDeletions(_ count: Int) { deletions += count }

  func endDeletion() { deletions -= 1 }

  /// Makes sure that no lane begins another batch.
  func drain() {
    isDraining = true
  }

  /// Whether the executor works on anything, or owes writes.
  var isWorking: Bool { table.running > 0 || deletions > 0 || owes || !removals.isEmpty }

  // MARK: Debts

  /// A write about an operation that the store did not take.
  enum Debt: Sendable {
    /// Ends the lease; `dueAt` is when the operation is due again.
    case release(Operation, dueAt: Timestamp)
    /// The same for an operation that cannot be read.
    case putOff(componentId: String, until: Timestamp)
  }

  /// Whether the operation was not reported yet; it counts as reported then. Forgets all when there
  /// are many.
  func isNews(_ id: String) -> Bool {
    if told.count > 1000 { told = [] }
    return told.insert(id).inserted
  }

  func owe(_ id: String, _ debt: Debt) { owed[id] = debt }

  func owe(_ operations: [Operation], until dueAt: Timestamp) {
    for operation in operations { owed[operation.id] = .release(operation, dueAt: dueAt) }
  }

  var owes: Bool { !owed.isEmpty }

  /// Takes the owed writes: the caller makes them or owes them anew.
  func takeOwed() -> [String: Debt] {
    defer { owed = [:] }
    return owed
  }
}

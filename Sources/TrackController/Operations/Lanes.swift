import TrackDomain

/// The lanes of an executor, and what it still owes the store.
actor Lanes {
  private var table = LaneTable()
  /// Leases that could not be given back yet, and until when their operations are put off.
  private var owed: [String: Timestamp] = [:]
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

  // MARK: Leases

  /// Whether nobody was told of that operation yet. Forgets when there are many.
  func isNews(_ id: String) -> Bool {
    if told.count > 1000 { told = [] }
    return told.insert(id).inserted
  }

  func owe(_ ids: [String], until dueAt: Timestamp) {
    for id in ids { owed[id] = dueAt }
  }

  var owes: Bool { !owed.isEmpty }

  /// What is owed; the caller sees to it.
  func takeOwed() -> [String: Timestamp] {
    defer { owed = [:] }
    return owed
  }
}

package import TrackDomain

/// What a transaction appends to the log of changes and to the audit, and has no numbers yet.
struct PendingJournals {
  var changes: [Change] = []
  var events: [AuditEvent] = []
  /// When the audit was to go on under the key that signs now, if it was.
  var takeOverAt: Timestamp?

  var counts: (changes: Int, events: Int) { (changes.count, events.count) }

  mutating func cut(to counts: (changes: Int, events: Int)) {
    changes.removeSubrange(counts.changes...)
    events.removeSubrange(counts.events...)
  }
}

/// The end of a transaction where several write at once.
package extension Transaction {
  private static let lockHead = Query(
    "SELECT change_sequence FROM store_head WHERE one = 1 FOR UPDATE")
  private static let advance = Query(
    "UPDATE store_head SET change_sequence = ?1, news = news + ?2 WHERE one = 1")

  /// Gives what waits for numbers the next ones, in the order of the commits: the row that has them
  /// is locked last, and the commit has to follow at once.
  func writeJournals() throws(StoreError) {
    let journals = self.journals
    guard hasNews || journals.takeOverAt != nil else { return }
    var sequence = try lockedHead()
    for change in journals.changes {
      sequence += 1
      try append(change, sequence: sequence)
    }
    if !journals.events.isEmpty || journals.takeOverAt != nil {
      var end = try auditEnd()
      if let time = journals.takeOverAt { try takeOver(at: time, &end) }
      for event in journals.events { try number(event, &end) }
    }
    let row = try statement(Self.advance)
    row.bind(1, sequence)
    row.bind(2, hasNews)
    try send(row)
  }

  private func lockedHead() throws(StoreError) -> Int64 {
    let row = try statement(Self.lockHead)
    defer { row.reset() }
    guard try step(row) else { throw .unreadable("the head of the log") }
    return row.counter(0)
  }
}

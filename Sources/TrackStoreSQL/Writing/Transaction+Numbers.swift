package import TrackDomain

/// What a transaction appends to the log of changes and to the audit, and has no numbers yet.
struct PendingJournals {
  var changes: [Change] = []
  var events: [AuditEvent] = []
  /// When the audit was to go on under the key that signs now, if it was.
  var takeOverAt: Timestamp?

  /// How many there are, to come back to.
  struct Mark {
    fileprivate let changes: Int
    fileprivate let events: Int
    fileprivate let takeOverAt: Timestamp?
  }

  var mark: Mark { Mark(changes: changes.count, events: events.count, takeOverAt: takeOverAt) }

  mutating func cut(to mark: Mark) {
    changes.removeSubrange(mark.changes...)
    events.removeSubrange(mark.events...)
    takeOverAt = mark.takeOverAt
  }
}

/// The end of a transaction where several write at once.
package extension Transaction {
  private static let lockHead = Query(
    """
    SELECT change_sequence, audit_sequence, audit_code, audit_key_id FROM store_head WHERE one = 1
    FOR UPDATE
    """)
  private static let advance = Query(
    """
    UPDATE store_head SET change_sequence = ?1, news = news + ?2, audit_sequence = ?3,
      audit_code = ?4, audit_key_id = ?5
    WHERE one = 1
    """)

  /// Gives what waits for numbers the next ones, in the order of the commits: the row that has them
  /// is locked last, and the commit has to follow at once. Waits once, for that row.
  func writeJournals() throws(StoreError) {
    let journals = self.journals
    guard hasNews || journals.takeOverAt != nil else { return }
    var (sequence, end) = try lockedHead()
    for change in journals.changes {
      sequence += 1
      try append(change, sequence: sequence)
    }
    if let time = journals.takeOverAt { try takeOver(at: time, &end) }
    for event in journals.events { try number(event, &end) }
    let row = try statement(Self.advance)
    row.bind(1, sequence)
    row.bind(2, hasNews)
    row.bind(3, end.head.sequence)
    row.bind(4, end.head.code)
    row.bind(5, end.keyId ?? "")
    try send(row)
  }

  private func lockedHead() throws(StoreError) -> (sequence: Int64, audit: AuditEnd) {
    let row = try statement(Self.lockHead)
    defer { row.reset() }
    guard try step(row) else { throw .unreadable("the head of the log") }
    let keyId = row.text(3)
    let end = AuditEnd(
      head: AuditHead(sequence: row.counter(1), code: row.blob(2)),
      keyId: keyId.isEmpty ? nil : keyId)
    let sequence = row.counter(0)
    try row.check("the head of the log")
    return (sequence, end)
  }
}

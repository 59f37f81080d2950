package import TrackDomain

package extension Transaction {
  private static let append = Query {
    let (column, value) = $0 == .sqlite ? ("", "") : (", sequence", ", ?12")
    return """
      INSERT INTO change_log (kind, resource, at, actor_verified, actor, resource_id, project_id,
        component_id, snapshot, kept_from, on_behalf_of\(column))
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11\(value))
      """
  }
  private static func remember(_ condition: String = "") -> Query {
    Query(
      """
      INSERT INTO request (caller, method, id, digest, at, response, kept_from)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
      ON CONFLICT (caller, method, id) DO UPDATE
        SET digest = excluded.digest, at = excluded.at, response = excluded.response,
          kept_from = excluded.kept_from\(condition)
      """)
  }
  private static let remember = remember()
  /// Where others write too, one of them may have remembered a request that was not there, for another
  /// component: that stays until its time is over.
  private static let rememberMissing = remember(" WHERE request.kept_from <= ?8")
  private static let forgetOldRequests = Query(
    """
    DELETE FROM request WHERE (caller, method, id) IN (
      SELECT caller, method, id FROM request WHERE kept_from < ?1 ORDER BY kept_from LIMIT ?2)
    """)
  /// The last one of the oldest changes that has been kept for long enough.
  private static let lastOldChange = Query(
    """
    SELECT max(sequence) FROM (
      SELECT sequence, kept_from FROM change_log ORDER BY sequence LIMIT ?2) AS oldest
    WHERE kept_from < ?1
    """)
  private static let dropChanges = Query("DELETE FROM change_log WHERE sequence <= ?1")
  private static let noteDropped = Query(
    "UPDATE log_state SET dropped_sequence = ?1, dropped_digest = ?2 WHERE one = 1")
  private static let dropLimit = Query("UPDATE log_state SET undigested_limit = -1 WHERE one = 1")
  private static let setClock = Query("UPDATE retention_clock SET elapsed = ?1 WHERE one = 1")

  func appendChange(_ change: Change) throws(StoreError) {
    noteNews()
    if writing.numbersAtCommit {
      journals.changes.append(change)
    } else {
      try append(change, sequence: nil)
    }
  }

  /// - Parameter sequence: nil: the table gives the next one.
  internal func append(_ change: Change, sequence: Int64?) throws(StoreError) {
    let row = try self.change(Self.append)
    row.bind(1, Int64(change.kind.rawValue))
    row.bind(2, Int64(change.resource.rawValue))
    row.bind(3, change.at.microseconds)
    row.bind(4, change.actor.isVerified)
    row.bind(5, change.actor.name)
    row.bind(6, change.resourceId)
    row.bind(7, change.projectId)
    row.bind(8, change.componentId)
    row.bind(9, change.snapshot)
    row.bind(10, keptFrom)
    row.bind(11, change.actor.onBehalfOf)
    if let sequence { row.bind(12, sequence) }
    try send(row)
  }

  func rememberRequest(_ request: RememberedRequest) throws(StoreError) {
    let isGuarded = writing.numbersAtCommit && missingRequests.contains(request.key)
    let row = try change(isGuarded ? Self.rememberMissing : Self.remember)
    row.bind(1, request.key.caller)
    row.bind(2, Int64(request.key.method.rawValue))
    row.bind(3, request.key.id.bytes)
    row.bind(4, request.digest.bytes)
    row.bind(5, request.at.microseconds)
    row.bind(6, request.response)
    row.bind(7, keptFrom)
    guard isGuarded else { return try send(row) }
    row.bind(8, retention.map { $0.clock.limit($0.requests) } ?? .max)
    try send(row, changing: "a request that nobody else has answered meanwhile")
  }

  /// What the clock of the retention says; 0 without one.
  var keptFrom: Int64 { retention?.clock.now ?? 0 }

  /// Times are of the clock of the retention.
  func forgetRequests(keptBefore time: Int64, limit: Int) throws(StoreError) -> Int {
    let row = try change(Self.forgetOldRequests)
    row.bind(1, time)
    row.bind(2, limit)
    return try run(row)
  }

  /// Drops the oldest changes, as far as they were written before `time`, at most `limit`. What
  /// tells the last of them from others stays: a watch may know it, and nothing after it.
  func forgetChanges(keptBefore time: Int64, limit: Int) throws(StoreError) -> Int {
    guard let last = try lastChange(keptBefore: time, limit: limit) else { return 0 }
    if let position = try position(behind: last) {
      let note = try change(Self.noteDropped)
      note.bind(1, position.sequence)
      note.bind(2, Int64(bitPattern: position.digest))
      try send(note)
    }
    let row = try change(Self.dropChanges)
    row.bind(1, last)
    return try run(row)
  }

  private func lastChange(keptBefore time: Int64, limit: Int) throws(StoreError) -> Int64? {
    let row = try statement(Self.lastOldChange)
    defer { row.reset() }
    row.bind(1, time)
    row.bind(2, limit)
    return try step(row) && !row.isNull(0) ? row.int(0) : nil
  }

  func noteRestore() throws(StoreError) {
    try send(try change(Self.dropLimit))
  }

  /// Writes down what the clock of the retention says.
  func keepClock(_ elapsed: Int64) throws(StoreError) {
    let row = try change(Self.setClock)
    row.bind(1, elapsed)
    try send(row)
  }
}

import TrackDomain

extension Transaction {
  private static let append = Query(
    """
    INSERT INTO change_log (kind, resource, at, actor_verified, actor, resource_id, project_id,
      component_id, snapshot)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    """)
  private static let remember = Query(
    """
    INSERT INTO request (caller, method, id, digest, at, response) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (caller, method, id) DO UPDATE
      SET digest = excluded.digest, at = excluded.at, response = excluded.response
    """)
  private static let forgetOldRequests = Query(
    """
    DELETE FROM request WHERE (caller, method, id) IN (
      SELECT caller, method, id FROM request WHERE at < ?1 ORDER BY at LIMIT ?2)
    """)
  private static let forgetOldChanges = Query(
    """
    DELETE FROM change_log WHERE at < ?1 AND sequence IN (
      SELECT sequence FROM change_log ORDER BY sequence LIMIT ?2)
    """)

  func appendChange(_ change: Change) throws(StoreError) {
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
    try run(row)
    note(change: connection.insertedRow)
  }

  func rememberRequest(_ request: RememberedRequest) throws(StoreError) {
    let row = try change(Self.remember)
    row.bind(1, request.key.caller)
    row.bind(2, Int64(request.key.method.rawValue))
    row.bind(3, request.key.id.bytes)
    row.bind(4, request.digest.bytes)
    row.bind(5, request.at.microseconds)
    row.bind(6, request.response)
    try run(row)
  }

  func forgetRequests(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
    try forget(Self.forgetOldRequests, time, limit)
  }

  /// Drops the oldest changes, if they are older than `time`, at most `limit`.
  func forgetChanges(before time: Timestamp, limit: Int) throws(StoreError) -> Int {
    try forget(Self.forgetOldChanges, time, limit)
  }

  private func forget(_ query: Query, _ time: Timestamp, _ limit: Int) throws(StoreError) -> Int {
    let row = try change(query)
    row.bind(1, time.microseconds)
    row.bind(2, limit)
    return try run(row)
  }
}

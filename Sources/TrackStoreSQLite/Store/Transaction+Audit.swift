import TrackDomain

extension Transaction {
  private static let insert = Query(
    """
    INSERT INTO audit_event (sequence, at, count, principal, is_verified, on_behalf_of, peer, method,
      resource, organization_id, project_id, component_id, environment_id, changed_fields,
      request_id, outcome, reason, kept_from, key_id, code)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      ?20)
    """)
  /// The last one of the oldest rows that has been kept for long enough.
  private static let lastOld = Query(
    """
    SELECT sequence, code FROM (
      SELECT sequence, code, kept_from FROM audit_event ORDER BY sequence LIMIT ?2)
    WHERE kept_from < ?1 ORDER BY sequence DESC LIMIT 1
    """)
  private static let drop = Query("DELETE FROM audit_event WHERE sequence <= ?1")
  private static let setAnchor = Query(
    """
    UPDATE audit_state SET dropped_sequence = ?1, dropped_code = ?2, key_id = ?3, signature = ?4
    WHERE one = 1
    """)
  private static let setLogged = Query(
    "UPDATE audit_state SET logged_sequence = ?1 WHERE one = 1")

  func recordAudit(_ event: AuditEvent) throws(StoreError) {
    let head = try auditExtent().head
    let record = AuditChain.record(event, behind: head, auditSeal)
    let place = event.subject.place
    let row = try change(Self.insert)
    row.bind(1, record.sequence)
    row.bind(2, event.at.microseconds)
    row.bind(3, event.count)
    row.bind(4, event.principal.name)
    row.bind(5, event.principal.isVerified)
    row.bind(6, event.principal.onBehalfOf)
    row.bind(7, event.peer)
    row.bind(8, event.method)
    row.bind(9, event.subject.resource)
    row.bind(10, place.organizationId)
    row.bind(11, place.projectId)
    row.bind(12, place.componentId)
    row.bind(13, place.environmentId)
    row.bind(14, event.subject.changedFieldsText)
    row.bind(15, event.requestId)
    row.bind(16, event.outcome)
    row.bind(17, event.subject.reason)
    row.bind(18, keptFrom)
    row.bind(19, record.keyId)
    row.bind(20, record.code)
    try run(row)
    noteNews()
  }

  /// Drops the oldest rows, as far as they were written before `time`, at most `limit`. What they
  /// leave is the signed place of the last one.
  func forgetAudit(keptBefore time: Int64, limit: Int) throws(StoreError) -> Int {
    guard let last = try lastAudit(keptBefore: time, limit: limit) else { return 0 }
    let anchor = AuditAnchor(dropping: last, auditSeal)
    let note = try change(Self.setAnchor)
    note.bind(1, last.sequence)
    note.bind(2, last.code)
    note.bind(3, anchor.keyId)
    note.bind(4, anchor.signature)
    try run(note)
    let row = try change(Self.drop)
    row.bind(1, last.sequence)
    return try run(row)
  }

  private func lastAudit(keptBefore time: Int64, limit: Int) throws(StoreError) -> AuditHead? {
    let row = try statement(Self.lastOld)
    defer { row.reset() }
    row.bind(1, time)
    row.bind(2, limit)
    guard try step(row) else { return nil }
    return AuditHead(sequence: row.counter(0), code: row.blob(1))
  }

  func noteAuditLogged(_ sequence: Int64) throws(StoreError) {
    let row = try change(Self.setLogged)
    row.bind(1, sequence)
    try run(row)
  }
}

package import TrackDomain

package extension Transaction {
  private static let insert = Query(
    """
    INSERT INTO audit_event (sequence, at, count, principal, is_verified, on_behalf_of, peer, method,
      resource, organization_id, project_id, component_id, environment_id, changed_fields,
      request_id, outcome, reason, kept_from, key_id, code)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
      ?20)
    """)
  private static let drop = Query("DELETE FROM audit_event WHERE sequence <= ?1")
  private static let setAnchor = Query(
    """
    UPDATE audit_state SET dropped_sequence = ?1, dropped_code = ?2, key_id = ?3, signature = ?4
    WHERE one = 1
    """)
  private static let setLogged = Query {
    "UPDATE audit_state SET logged_sequence = \($0.greatest)(logged_sequence, ?1) WHERE one = 1"
  }

  func recordAudit(_ event: AuditEvent) throws(StoreError) {
    if writing.numbersAtCommit {
      journals.events.append(event)
      return noteNews()
    }
    var end = try auditEnd()
    try number(event, &end)
  }

  /// Gives an event its place behind the end of the audit, which moves.
  internal func number(_ event: AuditEvent, _ end: inout AuditEnd) throws(StoreError) {
    // No event is the first one under a new key but the one that says so.
    if end.keyId ?? auditSeal.keyId != auditSeal.keyId { try takeOver(at: event.at, &end) }
    try append(event, behind: &end)
  }

  private func append(
    _ event: AuditEvent, behind end: inout AuditEnd
  ) throws(StoreError) {
    let record = AuditChain.record(event, keptFrom: keptFrom, behind: end.head, auditSeal)
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
    row.bind(18, record.keptFrom)
    row.bind(19, record.keyId)
    row.bind(20, record.code)
    try send(row)
    note(outcome: event.outcome)
    noteNews()
    end.head = AuditHead(sequence: record.sequence, code: record.code)
    end.keyId = record.keyId
  }

  func takeOverAudit(at time: Timestamp) throws(StoreError) {
    if writing.numbersAtCommit {
      journals.takeOverAt = time
      return
    }
    var end = try auditEnd()
    try takeOver(at: time, &end)
  }

  internal func takeOver(at time: Timestamp, _ end: inout AuditEnd) throws(StoreError) {
    if end.keyId ?? auditSeal.keyId != auditSeal.keyId {
      try append(.keyChange(at: time), behind: &end)
    }
    let anchor = try auditAnchor()
    guard anchor.head.sequence > 0, anchor.keyId != auditSeal.keyId else { return }
    // Somebody else's note stays as it is: a verification is to find it.
    let check = AuditVerification(from: anchor, anyKey: true, auditSeal)
    if check.finding == nil { try setAuditAnchor(anchor.head) }
  }

  /// Drops the oldest rows, as far as they were written before `time` by both clocks, at most
  /// `limit`. What they leave is the signed place of the last one.
  ///
  /// - Throws: `AuditFault` where they are not as they were written: nobody is to have trackd sign
  ///   for what they did to the rows.
  /// - Parameters:
  ///   - time: of the clock of the retention.
  ///   - wallTime: of the time of day. Who can write the database moves the other clock, and no
  ///     event's time.
  func forgetAudit(
    keptBefore time: Int64, wallTime: Timestamp, limit: Int
  ) throws -> Int {
    var anchor = try auditAnchor()
    let rows = AuditQuery.rows(behind: anchor.head.sequence)
    let old = try auditRecords(AuditQuery(sequences: rows, limit: limit)).prefix {
      $0.keptFrom < time && $0.event.at < wallTime
    }
    guard !old.isEmpty else { return 0 }
    var end = try auditEnd()
    if end.keyId ?? auditSeal.keyId != auditSeal.keyId || !anchor.isSigned(by: auditSeal) {
      // Nothing is signed under a new key before the event that says so. Where others write too, that
      // is for the head of the log to number: it comes first, and this again.
      if writing.numbersAtCommit { return 0 }
      try takeOver(at: retention?.time() ?? wallTime, &end)
      anchor = try auditAnchor()
    }
    var verification = AuditVerification(from: anchor, auditSeal)
    for record in old { verification.look(at: record) }
    if let finding = verification.finding { throw AuditFault(finding: finding) }
    try setAuditAnchor(verification.head)
    let row = try change(Self.drop)
    row.bind(1, verification.head.sequence)
    return try run(row)
  }

  /// Events of the audit are not as they were written.
  struct AuditFault: Error { package let finding: AuditVerification.Finding }

  private func setAuditAnchor(_ head: AuditHead) throws(StoreError) {
    let anchor = AuditAnchor(dropping: head, auditSeal)
    let row = try change(Self.setAnchor)
    row.bind(1, head.sequence)
    row.bind(2, head.code)
    row.bind(3, anchor.keyId)
    row.bind(4, anchor.signature)
    try send(row)
  }

  func noteAuditLogged(_ sequence: Int64) throws(StoreError) {
    let row = try change(Self.setLogged)
    row.bind(1, sequence)
    try send(row)
  }
}

extension AuditAnchor {
  /// Whether nothing was dropped yet, or what was is signed by the key that signs now.
  fileprivate func isSigned(by seal: any AuditSeal) -> Bool {
    head.sequence == 0 || keyId == seal.keyId
  }
}

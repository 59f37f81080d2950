package import TrackDomain

package extension Reader {
  private static let columns = """
    sequence, at, count, principal, is_verified, on_behalf_of, peer, method, resource,
    organization_id, project_id, component_id, environment_id, changed_fields, request_id, outcome,
    reason, key_id, code, kept_from
    """
  private static let head = Query(
    "SELECT sequence, code, key_id FROM audit_event ORDER BY sequence DESC LIMIT 1")
  private static let blockTime = Query {
    """
    SELECT 1 FROM audit_event WHERE sequence / \(AuditQuery.blockSize) = ?1 AND at >= ?2 AND at < ?3
      AND \($0.unindexed("sequence")) BETWEEN ?4 AND ?5 LIMIT 1
    """
  }
  private static let anchor = Query(
    "SELECT dropped_sequence, dropped_code, key_id, signature FROM audit_state WHERE one = 1")
  private static let logged = Query("SELECT logged_sequence FROM audit_state WHERE one = 1")

  /// The ways to the rows of a query. A component or a principal has few of all rows.
  private enum Way: CaseIterable {
    case all
    case component
    case principal
  }

  private static let ascending = Way.allCases.map { way in Query { sql(way, "ASC", $0) } }
  private static let descending = Way.allCases.map { way in Query { sql(way, "DESC", $0) } }

  private static func sql(_ way: Way, _ order: String, _ dialect: SQLDialect) -> String {
    let component = dialect.unindexed("component_id")
    let way =
      switch way {
      case .all: ""
      case .component: "component_id = ?3 AND component_id <> '' AND "
      case .principal: "principal = ?4 AND "
      }
    return """
      SELECT \(columns) FROM audit_event
      WHERE sequence BETWEEN ?1 AND ?2 AND \(way)(\(component) = ?3 OR ?3 = '')
        AND (\(dialect.unindexed("principal")) = ?4 OR ?4 = '')
        AND (resource = ?5 OR ?5 = '' OR substr(resource, 1, length(?5) + 1) = ?5 || '/')
        AND (method = ?6 OR ?6 = ''
          OR substr(method, \(dialect.position(of: "'/'", in: "method")) + 1) = ?6)
        AND (outcome = ?7 OR ?7 = '') AND (at >= ?8 OR ?8 IS NULL) AND (at < ?9 OR ?9 IS NULL)
      ORDER BY sequence \(order) LIMIT ?10
      """
  }

  func auditRecords(_ query: AuditQuery) throws(StoreError) -> [AuditRecord] {
    let filter = query.filter
    let way: Way =
      filter.componentId != nil ? .component : filter.principal.isEmpty ? .all : .principal
    let queries = query.newestFirst ? Self.descending : Self.ascending
    let row = try statement(queries[Way.allCases.firstIndex(of: way) ?? 0])
    defer { row.reset() }
    row.bind(1, query.sequences.lowerBound)
    row.bind(2, query.sequences.upperBound)
    row.bind(3, filter.componentId ?? "")
    row.bind(4, filter.principal)
    row.bind(5, filter.resource)
    row.bind(6, filter.method)
    row.bind(7, filter.outcome)
    row.bind(8, filter.since)
    row.bind(9, filter.until)
    row.bind(10, query.limit)
    var records: [AuditRecord] = []
    while try step(row) { records.append(try record(row)) }
    return records
  }

  func auditStart(_ query: AuditQuery) throws(StoreError) -> Int64? {
    let (first, last) = (query.sequences.lowerBound, query.sequences.upperBound)
    if query.filter.since == nil, query.filter.until == nil {
      return query.newestFirst ? last : first
    }
    let size = AuditQuery.blockSize
    let blocks = (first / size)...(last / size)
    var block = query.newestFirst ? blocks.upperBound : blocks.lowerBound
    while blocks.contains(block) {
      if try hasAudit(inBlock: block, query) {
        return query.newestFirst ? min(last, (block + 1) * size - 1) : max(first, block * size)
      }
      block += query.newestFirst ? -1 : 1
    }
    return nil
  }

  /// Whether a block has rows of a query's time.
  private func hasAudit(inBlock block: Int64, _ query: AuditQuery) throws(StoreError) -> Bool {
    let row = try statement(Self.blockTime)
    defer { row.reset() }
    row.bind(1, block)
    row.bind(2, query.filter.since?.microseconds ?? .min)
    row.bind(3, query.filter.until?.microseconds ?? .max)
    row.bind(4, query.sequences.lowerBound)
    row.bind(5, query.sequences.upperBound)
    return try step(row)
  }

  private func record(_ row: any Statement) throws(StoreError) -> AuditRecord {
    let place = AccessPlace(
      organizationId: row.text(9), projectId: row.text(10), componentId: row.text(11),
      environmentId: row.text(12))
    let subject = AuditSubject(
      row.text(8), at: place, changedFields: AuditSubject.changedFields(text: row.text(13)),
      reason: row.text(16))
    let event = AuditEvent(
      at: row.time(1), count: row.counter(2),
      principal: Principal(
        name: row.text(3), isVerified: row.bool(4), onBehalfOf: row.text(5)),
      peer: row.text(6), method: row.text(7), subject: subject, requestId: row.text(14),
      outcome: row.text(15))
    let record = AuditRecord(
      sequence: row.counter(0), event: event, keptFrom: row.int(19), keyId: row.text(17),
      code: row.blob(18))
    try row.check("audit event \(row.int(0))")
    return record
  }

  func auditExtent() throws(StoreError) -> AuditExtent {
    AuditExtent(anchor: try auditAnchor(), head: try auditEnd().head)
  }

  /// Where the audit ends.
  struct AuditEnd {
    var head: AuditHead
    /// The key that signed the head; nil before the first row.
    var keyId: String?
  }

  func auditEnd() throws(StoreError) -> AuditEnd {
    let row = try statement(Self.head)
    defer { row.reset() }
    guard try step(row) else {
      let anchor = try auditAnchor()
      return AuditEnd(head: anchor.head, keyId: anchor.head.sequence > 0 ? anchor.keyId : nil)
    }
    let end = AuditEnd(
      head: AuditHead(sequence: row.counter(0), code: row.blob(1)), keyId: row.text(2))
    try row.check("audit event \(row.int(0))")
    return end
  }

  func auditAnchor() throws(StoreError) -> AuditAnchor {
    let row = try statement(Self.anchor)
    defer { row.reset() }
    guard try step(row) else { throw .unreadable("the anchor of the audit") }
    let anchor = AuditAnchor(
      head: AuditHead(sequence: row.counter(0), code: row.blob(1)), keyId: row.text(2),
      signature: row.blob(3))
    try row.check("the anchor of the audit")
    return anchor
  }

  func auditLogged() throws(StoreError) -> Int64 {
    let row = try statement(Self.logged)
    defer { row.reset() }
    return try step(row) ? row.counter(0) : 0
  }
}

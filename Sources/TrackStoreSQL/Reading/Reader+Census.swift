package import TrackDomain

package extension Reader {
  /// Looks at every operation that is not done: there are as many as were accepted and wait.
  private static let operations = Query(
    """
    SELECT kind, CASE WHEN lease_owner IS NOT NULL THEN 0 WHEN attempts > 0 THEN 1 ELSE 2 END AS s,
      count(*), min(created_at)
    FROM operation GROUP BY kind, s
    """)
  private static let changes = Query(
    """
    SELECT (SELECT sequence FROM change_log ORDER BY sequence DESC LIMIT 1)
      - (SELECT sequence FROM change_log ORDER BY sequence LIMIT 1) + 1
    """)

  func census() throws(StoreError) -> StoreCensus {
    var census = StoreCensus()
    let row = try statement(Self.operations)
    defer { row.reset() }
    while try step(row) {
      guard let kind = Operation.Kind(rawValue: UInt8(clamping: row.int(0))) else { continue }
      let states: [OperationState] = [.running, .retrying, .waiting]
      census.operations.append(
        StoreCensus.Operations(
          kind: kind, state: states[min(2, max(0, Int(row.int(1))))], count: Int(row.int(2)),
          oldest: row.time(3)))
    }
    let log = try statement(Self.changes)
    defer { log.reset() }
    if try step(log) { census.loggedChanges = Int(log.int(0)) }
    census.lastAuditEvent = try auditExtent().head.sequence
    census.restore = try restoreReport(limit: 10)
    return census
  }
}

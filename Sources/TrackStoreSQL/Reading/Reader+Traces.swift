package import TrackDomain

package extension Reader {
  private static let traced = Query(
    "SELECT id, trace FROM operation WHERE trace <> '' ORDER BY key LIMIT ?1")

  /// The operations with a trace that are not done, the oldest first.
  func tracedOperations(limit: Int64 = 10_000) throws(StoreError) -> [TracedOperation] {
    let row = try statement(Self.traced)
    defer { row.reset() }
    row.bind(1, limit)
    var found: [TracedOperation] = []
    while try step(row) {
      found.append(TracedOperation(id: row.text(0), traceparent: row.text(1)))
    }
    return found
  }
}

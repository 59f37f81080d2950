/// A durable operation that is a part of a trace.
public struct TracedOperation: Sendable, Hashable {
  public let id: String
  /// The place of the call that it comes from.
  public let traceparent: String

  private static let query = Query(
    "SELECT id, trace FROM operation WHERE trace <> '' ORDER BY key LIMIT ?1")

  /// Those that are not done, the oldest first.
  static func all(_ connection: Connection, limit: Int64 = 10_000) throws(SQLiteError) -> [Self] {
    let row = try connection.statement(query)
    defer { row.reset() }
    row.bind(1, limit)
    var found: [Self] = []
    while try row.step() { found.append(Self(id: row.text(0), traceparent: row.text(1))) }
    return found
  }
}

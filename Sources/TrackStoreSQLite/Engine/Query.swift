import Synchronization

/// The text of a statement that each connection prepares once and keeps. Kept in static constants.
struct Query: Sendable {
  let sql: String
  /// Its place among the statements of a connection.
  let slot: Int

  private static let slots = Atomic<Int>(0)

  init(_ sql: String) {
    self.sql = sql
    slot = Query.slots.wrappingAdd(1, ordering: .relaxed).oldValue
  }
}

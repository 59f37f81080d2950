import Synchronization

/// Which SQL a database speaks.
package enum SQLDialect: CaseIterable, Sendable {
  case sqlite
  case postgreSQL
}

/// The text of a statement that each connection prepares once and keeps. Kept in static constants.
///
/// Parameters are written `?1`, `?2`, in any order and as often as they are needed.
package struct Query: Sendable {
  private let sqlite: String
  private let postgreSQL: String
  /// Its place among the statements of a connection.
  package let slot: Int

  private static let slots = Atomic<Int>(0)

  /// A text that both dialects understand.
  package init(_ text: String) { self.init { _ in text } }

  /// A text that differs.
  package init(_ text: (SQLDialect) -> String) {
    sqlite = text(.sqlite)
    postgreSQL = text(.postgreSQL)
    slot = Query.slots.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  package func text(for dialect: SQLDialect) -> String {
    switch dialect {
    case .sqlite: sqlite
    case .postgreSQL: postgreSQL
    }
  }
}

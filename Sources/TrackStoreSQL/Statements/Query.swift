import Synchronization

/// Which SQL a database speaks.
package enum SQLDialect: CaseIterable, Sendable {
  case sqlite
  case postgreSQL
}

/// What the dialects say otherwise.
extension SQLDialect {
  /// Behind a table: the index to read it by. PostgreSQL chooses by itself.
  func indexed(by index: String) -> String {
    switch self {
    case .sqlite: " INDEXED BY \(index)"
    case .postgreSQL: ""
    }
  }

  /// A join whose tables SQLite is to visit in the order in which they stand.
  var orderedJoin: String {
    switch self {
    case .sqlite: "CROSS JOIN"
    case .postgreSQL: "JOIN"
    }
  }

  /// The function that gives the greater one of its arguments.
  var greatest: String {
    switch self {
    case .sqlite: "max"
    case .postgreSQL: "greatest"
    }
  }

  /// An operand that no index is to be used for. PostgreSQL chooses by itself.
  func unindexed(_ operand: String) -> String {
    switch self {
    case .sqlite: "+\(operand)"
    case .postgreSQL: operand
    }
  }

  /// A number of a row that another condition has found already: it is compared, and no index is
  /// looked up with it. Without statistics, PostgreSQL takes an index with many rows for as good as
  /// one with a single row.
  func compared(_ operand: String) -> String {
    switch self {
    case .sqlite: operand
    case .postgreSQL: "\(operand) + 0"
    }
  }

  /// The place of a text in another one, from 1; 0 for none.
  func position(of part: String, in text: String) -> String {
    switch self {
    case .sqlite: "instr(\(text), \(part))"
    case .postgreSQL: "strpos(\(text), \(part))"
    }
  }
}

/// The text of a statement that each connection prepares once and keeps. Kept in static constants.
///
/// Parameters are written `?1`, `?2`, in any order and as often as they are needed, with no number
/// left out. PostgreSQL has to learn the type of each where it stands first: `?1 IS NULL` stands
/// behind a comparison.
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

import CPostgreSQL
import TrackDomain

/// What PostgreSQL or libpq reported.
package struct PostgreSQLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// SQLSTATE, five characters. libpq gives none for a connection that broke: then it is `08006`.
  package var state: String
  /// `ERROR`, `FATAL`, `WARNING` and the like.
  package var severity: String
  /// One line, for logs. Never has values of parameters.
  package var message: String

  init(state: String, severity: String = "ERROR", message: String) {
    self.state = state
    self.severity = severity
    self.message = Self.line(message, of: state)
  }

  /// The connection broke, or there was none.
  static func connection(_ message: String) -> PostgreSQLError {
    PostgreSQLError(state: "08006", severity: "FATAL", message: message)
  }

  package var description: String { "PostgreSQL error \(state): \(message)" }

  /// On one line. What class 22 (data exception) quotes are values.
  private static func line(_ message: String, of state: String) -> String {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard state.hasPrefix("22") else { return line }
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count > 1 else { return line }
    return parts.count == 2 ? "\(first)\"...\"" : "\(first)\"...\"\(parts[parts.count - 1])"
  }
}

extension PostgreSQLError {
  /// What an error means to the store.
  package enum Kind: Sendable {
    /// The statement broke a rule of the schema: undoing the closure undoes all of it.
    case constraint
    /// Transactions got into each other's way; running it again may work.
    case serialization
    /// The connection is of no use any more, or the server takes no writes.
    case connection
    /// There is no space for it; goes by when there is.
    case full
    /// A lock or an answer did not come in time.
    case busy
    /// The memory of the server is used up.
    case memory
    /// Anything else: a mistake of ours.
    case other
  }

  /// By SQLSTATE ("PostgreSQL Error Codes", appendix A of its manual).
  package var kind: Kind {
    switch state {
    // P0001: raised by a trigger of the schema.
    case "P0001": .constraint
    case "40001", "40P01": .serialization
    case "53100": .full
    case "55P03", "57014": .busy
    case "53200": .memory
    // A server that became a standby, or is one: it takes no writes, and no transactions that write.
    // And rows that look otherwise since the schema was brought up to date.
    case "25006", "0A000": .connection
    default:
      // A value that its column does not take breaks its rule, too.
      if state.hasPrefix("23") || state.hasPrefix("22") {
        .constraint
      } else if isFatal || state.hasPrefix("08") || state.hasPrefix("57P0") {
        .connection
      } else {
        .other
      }
    }
  }

  /// Whether it may be the warning of a COMMIT that it stopped to wait for its standby. It has no
  /// code of its own, and its words are in the language of the server.
  package var mayBeAboutReplication: Bool {
    severity == "WARNING" && (state == "01000" || state == "57P01")
  }

  /// Whether the server ended the session with it.
  private var isFatal: Bool { severity == "FATAL" || severity == "PANIC" }

  /// Whether the connection is of no use after it.
  var endsConnection: Bool { isFatal || kind == .connection || isOfSession }

  /// Whether the session's own state is in the way: a prepared statement that the server does not
  /// know.
  var isOfSession: Bool { state == "26000" }

  /// What a result reports. libpq's own errors, such as a connection that broke, have no SQLSTATE.
  init(of result: OpaquePointer) {
    func field(_ name: Int) -> String? {
      let text = unsafe PQresultErrorField(result, Int32(name))
      return unsafe text.map { unsafe String(cString: $0) }
    }
    if let state = field(Int(CPOSTGRESQL_STATE)) {
      self.init(
        state: state, severity: field(Int(CPOSTGRESQL_SEVERITY)) ?? "ERROR",
        message: field(Int(CPOSTGRESQL_MESSAGE)) ?? "")
    } else {
      let text = unsafe PQresultErrorMessage(result)
      self = .connection(unsafe text.map { unsafe String(cString: $0) } ?? "")
    }
  }
}

extension StoreError {
  /// What the callers of the store are told of an error of PostgreSQL.
  init(_ error: PostgreSQLError) {
    switch error.kind {
    case .full: self.init(.full, error.description)
    case .connection, .serialization, .busy, .memory:
      self.init(.unavailable, error.description)
    case .constraint, .other: self.init(.failed, error.description)
    }
  }
}

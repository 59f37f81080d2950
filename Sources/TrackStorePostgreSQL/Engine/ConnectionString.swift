import CPostgreSQL
import Glibc

/// How to reach a database, as libpq takes it: a URI or a list of `keyword=value`
/// ("Connection Strings" in its manual). Holds a password, as a rule: no error shows it.
package struct ConnectionString: Sendable, CustomStringConvertible {
  let text: String
  private let secrets: [String]

  package init(_ text: String) throws(PostgreSQLError) {
    if let fault = Self.fault(text) {
      throw PostgreSQLError(
        state: "08001", severity: "FATAL", message: "the connection string \(fault)")
    }
    self.text = text
    secrets = ["password", "sslpassword"].compactMap { Self.option($0, of: text) }
      .filter { !$0.isEmpty }
  }

  /// Whether a password is in it.
  package var holdsPassword: Bool { !secrets.isEmpty }

  package var description: String { "a connection string" }

  /// The text without passwords.
  func redact(_ text: String) -> String {
    secrets.reduce(text) { text, secret in
      text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "***")
    }
  }

  /// What is wrong with the string; says nothing that stands in it. A password whose special
  /// characters stand as they are could be taken for a host, a port or a database, and then be
  /// shown where connecting fails.
  private static func fault(_ text: String) -> String? {
    if text.utf8.contains(0) { return "holds a NUL byte" }
    var isValid: Int32 = 0
    unsafe free(cpostgresql_option(text, "", &isValid))
    if isValid == 0 { return "is none that libpq understands" }
    guard let scheme = text.firstRange(of: "://") else { return nil }
    let rest = text[scheme.upperBound...].prefix { $0 != "?" }
    let authority = rest.prefix { $0 != "/" }
    if authority.count(where: { $0 == "@" }) > 1 || rest.dropFirst(authority.count).contains("@") {
      return
        "has an @ too many: in a user, a password and a database it is written %40, and / is %2F"
    }
    return nil
  }

  private static func option(_ name: String, of text: String) -> String? {
    var isValid: Int32 = 0
    guard let value = unsafe cpostgresql_option(text, name, &isValid) else { return nil }
    defer { unsafe free(value) }
    return unsafe String(cString: value)
  }
}

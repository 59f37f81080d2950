/// What version 12 adds: the key that seals page tokens and resume tokens. It is as secret as the
/// rest of the database.
extension Schema {
  static let tokenKey = """
    CREATE TABLE token_key (
      one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
      key BLOB NOT NULL CHECK (length(key) = 32)
    ) STRICT;
    INSERT INTO token_key (one, key) VALUES (1, x'\(Migration.randomKey)');
    """
}

extension Migration {
  /// Stands in a script for 32 random bytes of the system, in hexadecimal.
  static let randomKey = "$RANDOM"

  /// The script with random bytes where it wants them. SQLite's own generator is not meant for keys.
  static func filled(_ script: String) -> String {
    let parts = script.split(separator: randomKey, omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts[0])) { $0 + hexadecimalKey() + $1 }
  }

  private static func hexadecimalKey() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<32).map { _ in
      let digits = String(UInt8.random(in: 0...255, using: &generator), radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

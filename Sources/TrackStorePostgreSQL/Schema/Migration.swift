/// Brings a database to the schema of this version: numbered steps, forward only, one transaction
/// each.
struct Migration {
  /// The schema that the step makes, from 1.
  var number: Int64
  /// The least version of trackd's schema that reads and writes what the step leaves: a server that
  /// knows that one goes on working beside newer ones.
  var readableFrom: Int64
  var script: String

  static let all = [
    Migration(number: 1, readableFrom: 1, script: Schema.version1),
    // A server that knows no lanes pushes beside the others, who then try again.
    Migration(number: 2, readableFrom: 1, script: Schema.laneLeases),
    // A server that knows no copies would serve an unfinished one.
    Migration(number: 3, readableFrom: 3, script: Schema.copies),
    // A server that knows no restores keeps to itself what it does not know: whoever notes a restore
    // raises the number (`PostgreSQLRestore`).
    Migration(number: restores, readableFrom: 3, script: Schema.restores),
  ]

  /// The first schema that knows restores.
  static let restores: Int64 = 4

  /// The newest schema that this version knows.
  static var newest: Int64 { all.last?.number ?? 0 }

  /// Stand in a script for 16 and for 32 random bytes, in hexadecimal.
  static let identity = "$RANDOM16"
  static let key = "$RANDOM32"

  /// The script with random bytes where it wants them.
  var filled: String {
    Self.fill(Self.fill(script, Self.identity, count: 16), Self.key, count: 32)
  }

  private static func fill(_ script: String, _ place: String, count: Int) -> String {
    let parts = script.split(separator: place, omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts[0])) { $0 + hexadecimal(count) + $1 }
  }

  private static func hexadecimal(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in
      let digits = String(UInt8.random(in: 0...255, using: &generator), radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

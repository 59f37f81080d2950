import Foundation
package import Testing

/// A pooler before a PostgreSQL server, which gives each transaction one of a few sessions. It listens
/// on a Unix socket in a folder of its own, and goes with the object, or with the process.
package final class PgBouncer: Sendable {
  private let folder: String
  /// When its other end is closed, the pooler is ended and the folder removed.
  private let lifeline: FileHandle

  private static let program = "/usr/sbin/pgbouncer"

  /// Whether tests that need it run.
  package static let isExpected =
    PostgreSQLCluster.isExpected
    && (FileManager.default.isExecutableFile(atPath: program)
      || ProcessInfo.processInfo.environment["TRACKD_NEED_POSTGRESQL"] != nil)

  private static let script = """
    folder=$1
    shift
    "$@" >"$folder/log" 2>&1 </dev/null &
    cat >/dev/null
    kill -TERM $! 2>/dev/null
    wait
    rm -rf "$folder"
    """

  /// Starts it, and waits until it answers.
  ///
  /// - Parameters:
  ///   - host: the folder of the server's socket.
  ///   - sessions: how many it has on each database.
  package init(to host: String, sessions: Int) throws {
    folder = try PostgreSQLCluster.makeFolder()
    let settings = """
      [databases]
      * = host=\(host)
      [pgbouncer]
      unix_socket_dir = \(folder)
      listen_port = 5432
      auth_type = trust
      auth_file = \(folder)/users
      pool_mode = transaction
      default_pool_size = \(sessions)
      max_client_conn = 1000
      """
    try settings.write(toFile: "\(folder)/settings", atomically: true, encoding: .utf8)
    try "\"trackd\" \"\"\n".write(toFile: "\(folder)/users", atomically: true, encoding: .utf8)
    let input = Pipe()
    lifeline = input.fileHandleForWriting
    _ = fcntl(lifeline.fileDescriptor, F_SETFD, FD_CLOEXEC)
    let shell = Process()
    shell.executableURL = URL(filePath: "/usr/bin/setsid")
    shell.arguments =
      ["sh", "-c", Self.script, "sh", folder] + PostgreSQLCluster.privileges + [
        Self.program, "\(folder)/settings",
      ]
    shell.standardInput = input
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    try shell.run()
    try PostgreSQLCluster.wait(for: string("postgres"), log: "\(folder)/log")
  }

  deinit { try? lifeline.close() }

  private static let started = Result {
    try PgBouncer(to: PostgreSQLCluster.shared.host, sessions: 6)
  }

  /// Before the server that all tests share.
  package static var shared: PgBouncer { get throws { try started.get() } }

  /// The folder of its socket.
  package var host: String { folder }

  /// The connection string of a database.
  package func string(_ database: String) -> String {
    "host=\(folder) user=trackd dbname=\(database)"
  }
}

package extension Trait where Self == ConditionTrait {
  /// Skips the test where PostgreSQL or PgBouncer is not installed and nobody insists on it.
  static var needsPgBouncer: Self {
    .enabled(if: PgBouncer.isExpected, "PgBouncer is not installed")
  }
}

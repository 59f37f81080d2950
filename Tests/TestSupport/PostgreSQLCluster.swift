import Foundation
import Synchronization
package import Testing
import TrackStorePostgreSQL

/// PostgreSQL for tests: one server for all tests of a process, started by the first that asks, that
/// listens on a Unix socket in a folder of its own. Server and folder go with the process, however it
/// ends.
///
/// Where PostgreSQL is not installed, the tests with the trait `needsPostgreSQL` are skipped, unless
/// `TRACKD_NEED_POSTGRESQL` is set: then they fail.
package final class PostgreSQLCluster: Sendable {
  /// Whether tests that need it run.
  package static let isExpected =
    programs != nil || ProcessInfo.processInfo.environment["TRACKD_NEED_POSTGRESQL"] != nil
  /// What to say where they do not.
  fileprivate static let skipReason: Comment = "PostgreSQL is not installed"

  /// Why there is no server.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private static let started = Result { try PostgreSQLCluster() }

  /// Starts it where it does not run.
  package static var shared: PostgreSQLCluster { get throws { try started.get() } }

  private let folder: String
  /// As long as the other end of its standard input is open, the server runs.
  private let lifeline: FileHandle
  private let number = Atomic<Int>(0)

  /// Of the versions that are installed, the newest.
  static let programs: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(root)/\($0)/bin" }
      .first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
  }()

  /// `$1`: the folder; `$2`: the programs; then a command that runs them as somebody who may. A
  /// server whose shell was killed gets the signal of that command; it removes no folder.
  private static let script = """
    folder=$1 programs=$2
    shift 2
    cd "$folder"
    if "$@" "$programs/initdb" -D data -U trackd -A trust -E UTF8 --locale=C --no-sync >log 2>&1
    then
      "$@" "$programs/postgres" -D data -c listen_addresses= -c unix_socket_directories="$folder" \
        -c fsync=off -c max_connections=200 \
        -c synchronous_standby_names=nobody -c synchronous_commit=local >>log 2>&1 </dev/null &
    fi
    cat >/dev/null
    kill -QUIT $! 2>/dev/null
    wait
    cd /
    rm -rf "$folder"
    """

  private init() throws {
    guard let programs = Self.programs else { throw Failure(description: "\(Self.skipReason)") }
    folder = try Self.makeFolder()
    let input = Pipe()
    lifeline = input.fileHandleForWriting
    // No other child is to keep it.
    _ = fcntl(lifeline.fileDescriptor, F_SETFD, FD_CLOEXEC)
    let shell = Process()
    shell.executableURL = URL(filePath: "/usr/bin/setsid")
    shell.arguments = ["sh", "-c", Self.script, "sh", folder, programs] + Self.privileges
    shell.standardInput = input
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    try shell.run()
    try Self.wait(for: string("postgres"), log: "\(folder)/log")
  }

  static var privileges: [String] { user + ["--pdeathsig", "QUIT"] }

  /// Runs a command as somebody who may run a server.
  static var user: [String] {
    ["setpriv"]
      + (geteuid() == 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : [])
  }

  /// In /tmp: the path of a socket has at most 107 bytes, and the server's user goes in.
  static func makeFolder() throws -> String {
    var name = Array("/tmp/trackd-postgresql-XXXXXX".utf8CString)
    guard let made = unsafe mkdtemp(&name) else {
      throw Failure(description: "no folder in /tmp")
    }
    let folder = unsafe String(cString: made)
    if geteuid() == 0 {
      guard let user = unsafe getpwnam("postgres"),
        unsafe chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) == 0
      else { throw Failure(description: "there is no user postgres") }
    }
    return folder
  }

  /// Waits until a server answers.
  static func wait(for string: String, log: String) throws {
    let string = try ConnectionString(string)
    for _ in 0..<600 {
      do {
        _ = try PostgreSQLConnection(string)
        return
      } catch {
        Thread.sleep(forTimeInterval: 0.1)
      }
    }
    let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    throw Failure(description: "PostgreSQL did not start: \(said.suffix(2000))")
  }

  /// The folder of its socket.
  package var host: String { folder }

  /// The connection string of a database.
  package func string(_ database: String) -> String {
    "host=\(folder) user=trackd dbname=\(database)"
  }

  fileprivate func nextName() -> String {
    "test\(number.wrappingAdd(1, ordering: .relaxed).newValue)"
  }

  fileprivate func administer(_ command: String) throws {
    try PostgreSQLConnection(ConnectionString(string("postgres"))).execute(script: command)
  }
}

package extension Trait where Self == ConditionTrait {
  /// Skips the test where PostgreSQL is not installed and nobody insists on it.
  static var needsPostgreSQL: Self {
    .enabled(if: PostgreSQLCluster.isExpected, PostgreSQLCluster.skipReason)
  }
}

/// Runs `body` with the connection string of an empty database, which is dropped afterwards.
package func withPostgreSQLDatabase<Value>(
  _ body: (_ string: String) async throws -> Value
) async throws -> Value {
  let cluster = try PostgreSQLCluster.shared
  let name = cluster.nextName()
  try cluster.administer("CREATE DATABASE \(name)")
  // Nobody waits for that: the server does, for COMMITs of other tests that wait for a standby. A
  // database that stays goes with the server.
  defer {
    Thread.detachNewThread { try? cluster.administer("DROP DATABASE \(name) WITH (FORCE)") }
  }
  return try await body(cluster.string(name))
}

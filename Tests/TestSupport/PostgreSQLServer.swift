import Foundation

/// A PostgreSQL server of one test, which the test stops, starts and promotes. It listens on a Unix
/// socket in a folder of its own; server and folder go with the object, or with the process.
package final class PostgreSQLServer: Sendable {
  private let folder: String
  private let programs: String
  private let port: UInt16
  /// Each line starts the server; when it is closed, the server is ended and the folder removed.
  private let lifeline: FileHandle

  /// `$1`: the folder; then a command that runs the server as somebody who may.
  private static let script = """
    folder=$1
    shift
    cd "$folder"
    while read -r line; do
      "$@" >>log 2>&1 </dev/null &
    done
    kill -QUIT $! 2>/dev/null
    wait
    cd /
    rm -rf "$folder"
    """

  /// Starts an empty server, or one that follows another.
  ///
  /// - Parameters:
  ///   - standbyOf: the one that is followed, from a copy of what it has.
  ///   - name: by which the one that is followed knows it.
  ///   - settings: lines of `postgresql.conf`.
  ///   - port: as the settings have it; names the socket.
  ///   - prepare: what is to be done before the server is started.
  package init(
    standbyOf primary: PostgreSQLServer? = nil, name: String = "standby", settings: [String] = [],
    port: UInt16 = 5432, prepare: (PostgreSQLServer) throws -> Void = { _ in }
  ) throws {
    guard let programs = PostgreSQLCluster.programs else {
      throw PostgreSQLCluster.Failure(description: "PostgreSQL is not installed")
    }
    self.programs = programs
    self.port = port
    folder = try PostgreSQLCluster.makeFolder()
    let input = Pipe()
    lifeline = input.fileHandleForWriting
    _ = fcntl(lifeline.fileDescriptor, F_SETFD, FD_CLOEXEC)
    let shell = Process()
    shell.executableURL = URL(filePath: "/usr/bin/setsid")
    shell.arguments =
      ["sh", "-c", Self.script, "sh", folder] + PostgreSQLCluster.privileges + [
        "\(programs)/postgres", "-D", "data", "-c", "unix_socket_directories=\(folder)",
        "-c", "fsync=off",
      ]
    shell.standardInput = input
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    try shell.run()
    if let primary {
      try run(
        "pg_basebackup", "-D", data, "-R", "-X", "stream", "-c", "fast", "-d",
        "host=\(primary.folder) user=trackd application_name=\(name)")
    } else {
      try run(
        "initdb", "-D", data, "-U", "trackd", "-A", "trust", "-E", "UTF8", "--locale=C",
        "--no-sync")
    }
    try configure(["listen_addresses = ''"] + settings)
    try prepare(self)
    try start()
  }

  deinit { try? lifeline.close() }

  /// The folder of its files.
  package var data: String { "\(folder)/data" }

  /// The folder of its socket.
  package var host: String { folder }

  /// Adds lines to `postgresql.conf`; later ones count. Read at the start, or by `reload`.
  package func configure(_ settings: [String]) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: "\(data)/postgresql.conf"))
    try file.seekToEnd()
    try file.write(contentsOf: Data(("\n" + settings.joined(separator: "\n") + "\n").utf8))
    try file.close()
  }

  /// Starts it, and waits until it answers.
  package func start() throws {
    try lifeline.write(contentsOf: Data("start\n".utf8))
    try PostgreSQLCluster.wait(
      for: "\(string("postgres")) target_session_attrs=any", log: "\(folder)/log")
  }

  /// Ends all of its processes at once, as a machine does that loses its power.
  package func kill() throws { try run("pg_ctl", "stop", "-m", "immediate", "-D", data) }

  /// Kills its main process, which the others notice.
  package func sendKill() throws {
    let process = try processId()
    guard Glibc.kill(process, SIGKILL) == 0 else {
      throw PostgreSQLCluster.Failure(description: "the server was not killed")
    }
  }

  /// Its main process.
  package func processId() throws -> Int32 {
    let file = try String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8)
    guard let line = file.split(separator: "\n").first, let process = Int32(line) else {
      throw PostgreSQLCluster.Failure(description: "the server does not run")
    }
    return process
  }

  package func reload() throws { try run("pg_ctl", "reload", "-D", data) }

  /// Makes a standby the primary, and waits until it is.
  package func promote() throws { try run("pg_ctl", "promote", "-w", "-D", data) }

  /// The connection string of a database.
  package func string(_ database: String) -> String {
    "host=\(folder) port=\(port) user=trackd dbname=\(database)"
  }

  /// Runs a script of the shell in the folder of the server's files, as the server's user.
  package func run(script: String) throws {
    try execute("/bin/sh", ["-c", "cd \(data)\n\(script)"])
  }

  private func run(_ program: String, _ arguments: String...) throws {
    try execute("\(programs)/\(program)", arguments)
  }

  private func execute(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = PostgreSQLCluster.user + [program] + arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardInput = FileHandle.nullDevice
    let log = "\(folder)/command.log"
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    let output = try FileHandle(forWritingTo: URL(filePath: log))
    process.standardOutput = output
    process.standardError = output
    try process.run()
    process.waitUntilExit()
    try output.close()
    if process.terminationStatus == 0 { return }
    let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    let server = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
    throw PostgreSQLCluster.Failure(
      description: "\(program): \(said.suffix(1000)) \(server.suffix(1000))")
  }
}

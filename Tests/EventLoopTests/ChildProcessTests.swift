import Glibc
import Testing

@testable import EventLoop

/// Runs real processes.
@Suite(.timeLimit(.minutes(2))) struct ChildProcessTests {
  private static let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C"]
  private static let ample = ChildLimits(time: .seconds(60), outputBytes: 1 << 24)

  private static func shell(_ script: String, _ arguments: String...) -> ChildCommand {
    ChildCommand(
      path: "/bin/sh", arguments: ["-c", script, "sh"] + arguments, environment: environment)
  }

  private static func run(
    _ command: ChildCommand, input: [UInt8] = [], limits: ChildLimits = ample
  ) async throws -> ChildOutput {
    try await with { loop, pool in
      try await ChildProcess.run(
        command, input: input, limits: limits, on: loop, startedBy: pool)
    }
  }

  /// A loop that watches programs, and a thread that starts them.
  private static func with<T>(
    _ body: (EventLoop, BlockingThreadPool) async throws -> T
  ) async throws -> T {
    let loop = try EventLoop(name: "children")
    let pool = BlockingThreadPool(name: "starter", maximum: 1)
    let result: Result<T, any Error>
    do {
      result = .success(try await body(loop, pool))
    } catch {
      result = .failure(error)
    }
    await pool.shutdown()
    await loop.shutdown()
    return try result.get()
  }

  @Test func `a program's output, error and status arrive`() async throws {
    let output = try await Self.run(Self.shell("echo out; echo err >&2; exit 3"))
    #expect(output.status == .exited(3))
    #expect(output.output == Array("out\n".utf8))
    #expect(output.error == Array("err\n".utf8))
  }

  @Test func `arguments arrive word by word`() async throws {
    let words = ["", "$(touch x)", "a b", "'\"", "-n", "\u{1F600}"]
    let output = try await Self.run(
      ChildCommand(
        path: "/bin/sh", arguments: ["-c", "printf '%s\\n' \"$@\"", "sh"] + words,
        environment: Self.environment))
    #expect(String(decoding: output.output, as: UTF8.self) == words.joined(separator: "\n") + "\n")
  }

  @Test func `the environment is the given one and nothing else`() async throws {
    let output = try await Self.run(
      ChildCommand(path: "/usr/bin/env", environment: ["ONLY": "this = that"]))
    #expect(String(decoding: output.output, as: UTF8.self) == "ONLY=this = that\n")
  }

  @Test func `a program starts where it is told to, with its standard descriptors only`()
    async throws
  {
    // Inheritable, as a careless library makes descriptors; a high number, because other tests use
    // descriptors, too.
    let careless = fcntl(0, F_DUPFD, 700)
    try #require(careless >= 700)
    var command = Self.shell("pwd; for f in /proc/$$/fd/*; do echo ${f##*/}; done")
    command.directory = "/usr"
    let output = try await Self.run(command)
    close(careless)
    let lines = String(decoding: output.output, as: UTF8.self).split(separator: "\n")
    #expect(lines.first == "/usr")
    #expect(lines.contains("2") && !lines.contains("\(careless)"))
  }

  @Test func `a large input passes while the output is read`() async throws {
    let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
    let output = try await Self.run(
      ChildCommand(path: "/bin/cat", environment: Self.environment), input: input)
    #expect(output.output == input)
  }

  @Test func `a program that does not read its input is no failure`() async throws {
    let output = try await Self.run(
      Self.shell("exit 7"), input: [UInt8](repeating: 1, count: 1_000_000))
    #expect(output.status == .exited(7))
  }

  @Test func `a program that cannot be started says why`() async throws {
    for (path, errno) in [("/no/such/program", ENOENT), ("/etc/passwd", EACCES), ("/a\0b", EINVAL)]
    {
      await #expect(throws: ChildProcessError.system(SystemError(call: "execve", errno: errno))) {
        try await Self.run(ChildCommand(path: path))
      }
    }
  }

  @Test func `a program that takes too long is killed with its children`() async throws {
    let limits = ChildLimits(time: .milliseconds(200))
    await #expect(throws: ChildProcessError.timedOut) {
      try await Self.run(Self.shell("sleep 1000 & sleep 1000; exit 0"), limits: limits)
    }
  }

  @Test func `a program that writes too much is killed`() async throws {
    let limits = ChildLimits(time: .seconds(60), outputBytes: 1000)
    await #expect(throws: ChildProcessError.outputTooLarge) {
      try await Self.run(
        ChildCommand(path: "/usr/bin/yes", environment: Self.environment), limits: limits)
    }
  }

  @Test func `of what goes to standard error the end is kept`() async throws {
    let limits = ChildLimits(time: .seconds(60), errorBytes: 5)
    let output = try await Self.run(Self.shell("echo 1234567890 >&2"), limits: limits)
    #expect(output.error == Array("7890\n".utf8))
  }

  @Test func `no file grows beyond the limit`() async throws {
    var command = Self.shell("head -c 100000 /dev/zero > \"$1\"; wc -c < \"$1\"; rm \"$1\"")
    command.arguments.append("/tmp/child-\(UInt64.random(in: 0 ... .max))")
    command.maximumFileBytes = 4096
    let output = try await Self.run(command)
    #expect(String(decoding: output.output, as: UTF8.self) == "4096\n")
  }

  @Test func `what a program leaves running is killed when it ends`() async throws {
    let output = try await Self.run(Self.shell("sleep 1000 & echo $!"))
    let text = String(decoding: output.output, as: UTF8.self).dropLast()
    let pid = try #require(Int32(text))
    // Init adopts the process, which may be a zombie for a moment; a zombie counts as ended.
    var state = try Self.state(of: pid)
    for _ in 0..<1000 where state != nil && state != "Z" {
      SystemThread.sleep(microseconds: 1000)
      state = try Self.state(of: pid)
    }
    #expect(state == nil || state == "Z")
  }

  @Test func `cancelling kills`() async throws {
    try await Self.with { loop, pool in
      let task = Task {
        try await ChildProcess.run(
          Self.shell("sleep 1000"), limits: ChildLimits(time: .seconds(2000)), on: loop,
          startedBy: pool)
      }
      task.cancel()
      await #expect(throws: ChildProcessError.cancelled) { try await task.value }
    }
  }

  @Test func `cancelling kills what runs already`() async throws {
    try await Self.with { loop, pool in
      let mark = "/tmp/child-\(UInt64.random(in: 0 ... .max))"
      let task = Task {
        try await ChildProcess.run(
          Self.shell("touch \(mark); sleep 1000"), limits: ChildLimits(time: .seconds(2000)),
          on: loop, startedBy: pool)
      }
      while unsafe access(mark, F_OK) != 0 { await Task.yield() }
      task.cancel()
      await #expect(throws: ChildProcessError.cancelled) { try await task.value }
      unsafe unlink(mark)
    }
  }

  @Test func `a killed program's signal is told`() async throws {
    let output = try await Self.run(Self.shell("kill -TERM $$"))
    #expect(output.status == .signalled(SIGTERM))
  }

  @Test func `one speaks with a program that goes on`() throws {
    let child = try ChildProcess(
      ChildCommand(path: "/bin/cat", environment: Self.environment))
    for word in ["first\n", "second\n"] {
      let answer = try child.exchange(Array(word.utf8), limits: Self.ample) { $0.last == 0x0A }
      #expect(answer == Array(word.utf8))
    }
    #expect(try child.finish(limits: Self.ample).isSuccess)
  }

  @Test func `a program that ends in mid conversation says what it said last`() throws {
    let child = try ChildProcess(Self.shell("read line; echo no >&2; exit 1"))
    let error = #expect(throws: ChildProcessError.self) {
      try child.exchange(Array("x\n".utf8), limits: Self.ample) { _ in false }
    }
    #expect(error == .ended(error: Array("no\n".utf8)))
  }

  @Test func `a program that does not answer is killed`() throws {
    let child = try ChildProcess(Self.shell("sleep 1000"))
    #expect(throws: ChildProcessError.timedOut) {
      try child.exchange([], limits: ChildLimits(time: .milliseconds(50))) { _ in false }
    }
  }

  @Test func `one thread is enough for many programs at once`() async throws {
    try await Self.with { loop, pool in
      try await withThrowingTaskGroup { group in
        let folder = "/tmp/child-\(UInt64.random(in: 0 ... .max))"
        unsafe mkdir(folder, 0o700)
        for number in 0..<30 {
          group.addTask {
            // Each child ends when all have begun.
            try await ChildProcess.run(
              Self.shell(
                "touch $1/$2; while [ $(ls $1 | wc -l) -lt 30 ]; do sleep 0.05; done; echo $2",
                folder, "\(number)"), limits: Self.ample, on: loop, startedBy: pool
            ).output
          }
        }
        var seen: Set<[UInt8]> = []
        for try await output in group { seen.insert(output) }
        #expect(seen.count == 30)
        _ = try await Self.run(Self.shell("rm -r $1", folder))
      }
    }
  }

  @Test func `nothing starts once there is nobody who starts it`() async throws {
    let pool = BlockingThreadPool(name: "starter", maximum: 1)
    let loop = try EventLoop(name: "children")
    await pool.shutdown()
    await #expect(throws: CancellationError.self) {
      try await ChildProcess.run(
        Self.shell("true"), limits: Self.ample, on: loop, startedBy: pool)
    }
    await loop.shutdown()
  }

  /// The state letter of a process; nil when there is none.
  private static func state(of pid: Int32) throws -> String? {
    guard let file = unsafe fopen("/proc/\(pid)/stat", "r") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 512)
    guard unsafe fgets(&line, 511, file) != nil else { return nil }
    let text = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split(separator: ") ").last.map { String($0.prefix(1)) }
  }
}

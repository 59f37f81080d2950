import EventLoop
import Synchronization
import Testing

@testable import trackd

/// A clock that stands still until a test moves it.
private final class Clock: Sendable {
  private let micros = Mutex<Int64>(0)

  var now: Int64 { micros.withLock { $0 } }

  func pass(seconds: Int64) { micros.withLock { $0 += seconds * 1_000_000 } }
}

@Suite(.timeLimit(.minutes(2))) struct LoggerTests {
  private let sink = Sink()

  private func logger(rate: Int = 0) throws -> Logger {
    let sink = self.sink
    return try Logger(
      level: .info, format: .text, rate: rate, clock: { 0 }, output: { sink.write($0) })
  }

  /// Waits until the logger's thread has made `done` true.
  private func wait(_ done: () -> Bool) async throws {
    while !done() { try await Task.sleep(for: .milliseconds(5)) }
  }

  @Test func `what is left out is told at the end, by kind and peer`() throws {
    let logger = try logger(rate: 1)
    for _ in 0..<7 { logger.log(.info, "refused", detail: "flood", from: "ipv4:10.0.0.1:9") }
    for _ in 0..<6 { logger.log(.error, "broken") }
    logger.shutdown()
    #expect(
      sink.lines == Array(repeating: "info refused", count: 5)
        + Array(repeating: "error broken", count: 5) + sink.lines.suffix(2))
    #expect(
      Set(sink.lines.suffix(2)) == [
        "warning log lines left out kind=refused detail=flood peer=ipv4:10.0.0.1 count=2",
        "warning log lines left out kind=broken count=1",
      ])
  }

  /// All lines at once, or the last one after the writer has gone back to sleep.
  @Test(arguments: [6, 5]) func `what is left out is told after a second, though nothing else is`(
    atOnce: Int
  ) async throws {
    let sink = self.sink
    let clock = Clock()
    let logger = try Logger(
      level: .info, format: .text, rate: 1, clock: { clock.now }, output: { sink.write($0) })
    for _ in 0..<atOnce { logger.log(.info, "refused") }
    try await wait { sink.lines.count == 5 }
    for _ in atOnce..<6 { logger.log(.info, "refused") }
    clock.pass(seconds: 1)
    try await wait { sink.lines.count == 6 }
    #expect(sink.lines.last?.hasSuffix("kind=refused count=1") == true)
    logger.shutdown()
    #expect(sink.lines.count == 6)
  }

  @Test func `what matters to the whole server is never left out`() throws {
    let logger = try logger(rate: 1)
    for _ in 0..<100 { logger.always(.info, "draining") }
    logger.always(.debug, "not written")
    logger.shutdown()
    #expect(sink.lines == Array(repeating: "info draining", count: 100))
  }

  @Test func `lines below the level cost no tokens and are not counted`() throws {
    let logger = try logger(rate: 1)
    for _ in 0..<100 { logger.log(.debug, "probe") }
    logger.shutdown()
    #expect(sink.lines.isEmpty)
  }

  /// More than the buffer holds before the writer empties it.
  @Test func `what the full buffer drops is counted, also at the end`() throws {
    let logger = try logger()
    let text = String(repeating: "x", count: 500)
    let count = Logger.capacity / 250
    for _ in 0..<count { logger.log(.info, "long") { $0.string("text", text) } }
    logger.shutdown()
    let written = sink.lines.count { $0.hasPrefix("info long") }
    let told = sink.lines.compactMap { line in
      line.hasPrefix("warning log lines dropped count=") ? Int(line.split(separator: "=")[1]) : nil
    }
    #expect(written + told.reduce(0, +) == count)
  }

  /// The stream takes nothing, a piece of a line, or nearly two lines.
  @Test(arguments: [(0, 0), (30, 0), (70, 1)])
  func `what the stream does not take is told once it takes something again`(
    room: Int, whole: Int
  ) async throws {
    let logger = try logger()
    sink.room.withLock { $0 = room }
    for _ in 0..<10 { logger.log(.info, "lost") }
    let sink = self.sink
    // The rest is tried again and again.
    try await wait { sink.room.withLock { $0 == 0 } && sink.refusals.withLock { $0 >= 3 } }
    sink.room.withLock { $0 = .max }
    try await wait { sink.lines.contains { $0.contains("dropped") } }
    logger.shutdown()
    #expect(sink.lines.count { $0 == "info lost" } == whole)
    #expect(sink.lines.last == "warning log lines dropped count=\(10 - whole)")
  }

  /// SIGUSR1's, with a shorter time.
  @Test func `a lowered level goes back by itself, or when it is asked to`() async throws {
    let logger = try logger()
    let loop = try EventLoop(name: "test")
    let short = LogLevelSwitch(logger, usual: .info, period: .milliseconds(1))
    loop.execute { short.toggle(on: loop) }
    try await wait { sink.lines.last?.contains("what it usually does") == true }
    logger.log(.debug, "not told")
    let long = LogLevelSwitch(logger, usual: .info)
    loop.execute { long.toggle(on: loop) }
    try await wait { sink.lines.last?.contains("for ten minutes") == true }
    logger.log(.debug, "told")
    loop.execute { long.toggle(on: loop) }
    try await wait { sink.lines.last?.contains("what it usually does") == true }
    logger.log(.debug, "not told either")
    await loop.shutdown()
    logger.shutdown()
    #expect(
      sink.lines.map { $0.split(separator: " ").prefix(3).joined(separator: " ") } == [
        "info the log", "info the log", "info the log", "debug told", "info the log",
      ])
  }
}

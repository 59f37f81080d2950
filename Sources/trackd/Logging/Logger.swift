import EventLoop

/// Writes log lines to stderr without ever making its caller wait.
///
/// Lines gather in a bounded buffer which a thread of its own writes out every few milliseconds.
/// When the buffer is full, lines are dropped; how many is written as soon as there is room.
/// Any thread.
///
/// `@unchecked Sendable`: what changes is touched under the lock only.
final class Logger: @unchecked Sendable {
  let level: LogLevel
  private let format: LogFormat
  private let lock = Lock()
  private let wakeUps = WorkQueue<WakeUp>()
  private var buffer: [UInt8] = []
  private var spare: [UInt8] = []
  private var dropped: Int64 = 0
  private var timestamp = LogTime()
  private var thread: SystemThread?
  /// Everything is written.
  private var hasEnded = false

  private struct WakeUp {}

  /// Bytes that may wait for the writer.
  private static let capacity = 2 << 20
  /// How long the writer lets lines gather.
  private static let pauseMicroseconds: UInt32 = 20_000

  /// Starts the writing thread.
  init(level: LogLevel, format: LogFormat) throws(SystemError) {
    self.level = level
    self.format = format
    thread = try SystemThread(name: "log") { [self] in runThread() }
  }

  /// Logs a line, unless `level` is below the chosen one.
  ///
  /// - Parameter fields: adds the line's fields; runs at once, under the lock.
  @inline(__always)
  func log(
    _ level: LogLevel, _ message: StaticString, _ fields: (inout LogLine) -> Void = { _ in }
  ) {
    guard level >= self.level else { return }
    append(level, message, fields)
  }

  private func append(
    _ level: LogLevel, _ message: StaticString, _ fields: (inout LogLine) -> Void
  ) {
    let now = WallClock.nowMicroseconds()
    let wakes = lock.withLock {
      guard buffer.count < Self.capacity else {
        dropped += 1
        return false
      }
      let wasEmpty = buffer.isEmpty
      if dropped > 0 {
        let count = dropped
        dropped = 0
        line(now, .warning, "log lines dropped") { $0.integer("count", count) }
      }
      line(now, level, message, fields)
      return wasEmpty
    }
    if wakes { wakeUps.push(WakeUp()) }
  }

  private func line(
    _ now: Int64, _ level: LogLevel, _ message: StaticString, _ fields: (inout LogLine) -> Void
  ) {
    timestamp.set(micros: now)
    // Taken out and moved along: one more reference would copy all lines that wait.
    var taken: [UInt8] = []
    swap(&taken, &buffer)
    var line = LogLine(
      appendingTo: consume taken, format: format, timestamp: timestamp, level: level,
      message: message)
    fields(&line)
    buffer = line.finish()
  }

  /// Writes what is left and ends the thread. Called last; later lines are lost.
  ///
  /// A pipe that nobody reads takes no lines: after a second the process ends without them.
  func shutdown() {
    wakeUps.close()
    for _ in 0..<100 where !lock.withLock({ hasEnded }) {
      SystemThread.sleep(microseconds: 10_000)
    }
    let ended: SystemThread? = lock.withLock {
      guard hasEnded else { return nil }
      defer { thread = nil }
      return thread
    }
    ended?.join()
  }

  private func runThread() {
    while !wakeUps.waitForWork().isEmpty {
      SystemThread.sleep(microseconds: Self.pauseMicroseconds)
      writeOut()
    }
    writeOut()
    lock.withLock { hasEnded = true }
  }

  private func writeOut() {
    var full = lock.withLock {
      swap(&buffer, &spare)
      var taken: [UInt8] = []
      swap(&taken, &spare)
      return taken
    }
    StandardStream.error.write(full)
    full.removeAll(keepingCapacity: full.capacity <= Self.capacity * 2)
    lock.withLock { swap(&spare, &full) }
  }
}

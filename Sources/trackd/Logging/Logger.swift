import EventLoop
import Synchronization
import Telemetry
import Wire

/// Writes log lines to stderr without ever making its caller wait.
///
/// Lines gather in a bounded buffer, which a thread writes out every few milliseconds. The log
/// reports how many lines it left out because their peer wrote too many, and how many it dropped
/// because the buffer was full or the stream took nothing: within about a second, and at the end.
/// Any thread.
///
/// `@unchecked Sendable`: every `var` is touched under the lock only, except `spare`, which belongs
/// to the writing thread. So the variables of each line need no dynamic exclusivity checks.
final class Logger: @unchecked Sendable {
  private let threshold: Atomic<UInt8>
  private let allDropped = Counter()
  private let format: LogFormat
  private let clock: @Sendable () -> Int64
  private let output: @Sendable ([UInt8]) -> Int
  private let lock = Lock()
  private let wakeUps = WorkQueue<WakeUp>()
  @safe @exclusivity(unchecked) private var rates: LogRates
  @safe @exclusivity(unchecked) private var buffer = ByteBuffer()
  /// The bytes that are being written out; used by the writing thread only.
  @safe @exclusivity(unchecked) private var spare = ByteBuffer()
  @safe @exclusivity(unchecked) private var dropped: Int64 = 0
  @safe @exclusivity(unchecked) private var timestamp = LogTime()
  /// Whether the last write ended within a line.
  @safe @exclusivity(unchecked) private var endsWithinLine = false
  private var thread: SystemThread?
  @safe @exclusivity(unchecked) private var isEnding = false
  /// Whether everything is written.
  @safe @exclusivity(unchecked) private var hasEnded = false

  private struct WakeUp {}

  private static let newline = UInt8(ascii: "\n")

  /// The most bytes that wait for the writing thread.
  static let capacity = 2 << 20
  /// How long the writing thread lets lines gather.
  private static let pauseMicroseconds: UInt32 = 20_000

  /// Starts the writing thread.
  ///
  /// - Parameters:
  ///   - rate: lines a second of one kind and peer; no limit when 0.
  ///   - clock: microseconds since 1970.
  ///   - output: writes bytes, on the writing thread; blocks as long as that takes, and returns how
  ///     many bytes were written. Fewer than all means that the stream takes no more.
  init(
    level: LogLevel, format: LogFormat, rate: Int,
    clock: @escaping @Sendable () -> Int64 = { WallClock.nowMicroseconds() },
    output: @escaping @Sendable ([UInt8]) -> Int = { StandardStream.error.write($0) }
  ) throws(SystemError) {
    threshold = Atomic(level.rank)
    self.format = format
    self.clock = clock
    self.output = output
    rates = LogRates(perSecond: rate, seed: .random(in: .min ... .max))
    thread = try SystemThread(name: "log") { [self] in runThread() }
  }

  /// Lines below it are not written from now on. Any thread.
  func setLevel(_ level: LogLevel) { threshold.store(level.rank, ordering: .relaxed) }

  @inline(__always)
  private func isWritten(_ level: LogLevel) -> Bool {
    level.rank >= threshold.load(ordering: .relaxed)
  }

  /// Lines that the stream did not take, since the start. Any thread.
  var droppedLines: Int { allDropped.value }

  /// Logs a line, unless `level` is below the chosen one, or there were too many of this kind and
  /// peer.
  ///
  /// - Parameters:
  ///   - detail: makes lines of one message different kinds.
  ///   - peer: the address that caused it, as its connection calls it.
  ///   - fields: adds the line's fields; runs at once, under the lock.
  @inline(__always)
  func log(
    _ level: LogLevel, _ message: StaticString, detail: String = "", from peer: String = "",
    _ fields: (inout LogLine) -> Void = { _ in }
  ) {
    guard isWritten(level) else { return }
    append(level, message, fields) {
      $0.allows(LogKind(message: message, detail: detail), peer: peer, now: $1)
    }
  }

  /// Logs a line about the server as a whole, without a limit on lines of its kind.
  func always(
    _ level: LogLevel, _ message: StaticString, _ fields: (inout LogLine) -> Void = { _ in }
  ) {
    guard isWritten(level) else { return }
    append(level, message, fields) { _, _ in true }
  }

  private func append(
    _ level: LogLevel, _ message: StaticString, _ fields: (inout LogLine) -> Void,
    _ isAllowed: (inout LogRates, Int64) -> Bool
  ) {
    let now = clock()
    let wakes = lock.withLock {
      let wasIdle = buffer.isEmpty && !rates.hasLeftOut && dropped == 0
      if !isAllowed(&rates, now) { return wasIdle }
      if buffer.count < Self.capacity {
        line(now, level, message, fields)
      } else {
        dropped += 1
        allDropped.add()
      }
      return wasIdle
    }
    if wakes { wakeUps.push(WakeUp()) }
  }

  private func line(
    _ now: Int64, _ level: LogLevel, _ message: StaticString, _ fields: (inout LogLine) -> Void
  ) {
    timestamp.set(micros: now)
    var taken = ByteBuffer()
    swap(&taken, &buffer)
    var line = LogLine(
      appendingTo: consume taken, format: format, timestamp: timestamp, level: level,
      message: message)
    fields(&line)
    buffer = line.finish()
  }

  /// Writes the remaining lines and ends the thread. Called last; later lines are lost.
  ///
  /// Gives up after a second if the stream takes no bytes, as a pipe without a reader.
  func shutdown() {
    lock.withLock { isEnding = true }
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
      repeat {
        SystemThread.sleep(microseconds: Self.pauseMicroseconds)
        writeOut()
      } while lock.withLock { !isEnding && (rates.hasLeftOut || dropped > 0) }
    }
    writeOut(isLast: true)
    lock.withLock { hasEnded = true }
  }

  /// - Parameter isLast: reports all lines that were left out, however recent.
  private func writeOut(isLast: Bool = false) {
    // Ends a line that was cut, so that the next one is whole.
    if lock.withLock({ endsWithinLine }) {
      guard output([Self.newline]) == 1 else { return }
    }
    let now = clock()
    let told = lock.withLock {
      tellLeftOut(now, atOnce: isLast)
      // Last, so that it is lost, too, whenever another line of this write is lost.
      let told = tellDropped(now)
      swap(&buffer, &spare)
      return told
    }
    let full = [UInt8](spare)
    spare.removeAll(keeping: Self.capacity * 2)
    let written = full.isEmpty ? 0 : output(full)
    let lost = Int64(full[written...].count { $0 == Self.newline })
    let isCut = written > 0 && full[written - 1] != Self.newline
    lock.withLock {
      endsWithinLine = isCut
      // If the report of dropped lines was lost, it is no lost line itself: the next report repeats
      // its count.
      if lost > 0 {
        allDropped.add(Int(told > 0 ? lost - 1 : lost))
        dropped += told > 0 ? told + lost - 1 : lost
      }
    }
  }

  private func tellLeftOut(_ now: Int64, atOnce: Bool) {
    for one in rates.takeLeftOut(now: now, atOnce: atOnce) {
      line(now, .warning, "log lines left out") {
        $0.plain("kind", one.kind.message)
        if !one.kind.detail.isEmpty { $0.string("detail", one.kind.detail) }
        if !one.peer.isEmpty { $0.string("peer", one.peer) }
        $0.integer("count", one.count)
      }
    }
  }

  private func tellDropped(_ now: Int64) -> Int64 {
    let count = dropped
    dropped = 0
    if count > 0 { line(now, .warning, "log lines dropped") { $0.integer("count", count) } }
    return count
  }
}

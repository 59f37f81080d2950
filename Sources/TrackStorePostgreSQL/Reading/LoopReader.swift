import EventLoop
import Synchronization
import TrackDomain
import TrackStoreSQL

/// Reads on one event loop, which waits for no socket: reads that come in the same turn, or while the
/// connections are busy, are a batch. A batch reads one state of the database, not older than its
/// youngest read, and asks in one round trip for all that its closures ask for next.
///
/// Connections are made on a thread. Where there is none, where a batch fails, and for closures with
/// long chains of reads, nothing is read here: others do.
///
/// `@unchecked Sendable`: belongs to its loop, but for `close`.
final class LoopReader: Flushable, @unchecked Sendable {
  /// Connections of a loop: while the database reads a batch, the next one is on its way.
  static let mostLines = 2
  /// Reads of a batch: more would wait for each other for too long.
  private static let mostReads = 128
  /// How long no connection is made after one that was not to be had.
  private static let pause = Duration.seconds(1)

  private let loop: EventLoop
  private let source: ReaderSource
  @safe @exclusivity(unchecked) private var lines: [ReaderLine] = []
  /// Batches that were not sent, the oldest first.
  @safe @exclusivity(unchecked) private var gathering: [ReadBatch] = []
  private var isConnecting = false
  private var nextAttempt = MonotonicTime.now()
  private var isClosed = false
  /// The task that makes a connection, or made the last one.
  private let attempt = Mutex<Task<Void, Never>?>(nil)
  var isAwaitingFlush = false

  init(_ source: ReaderSource, on loop: EventLoop) {
    self.source = source
    self.loop = loop
  }

  /// On the loop.
  ///
  /// - Returns: whether `body` came to its end; if not, somebody else has to read.
  func read(_ body: @Sendable (any StoreReader) throws -> Void) async throws -> Bool {
    connectIfNeeded()
    if lines.isEmpty { return false }
    return try await withoutActuallyEscaping(body) { body in
      try await unsafe withUnsafeThrowingContinuation { continuation in
        unsafe add(body, continuation)
      }
    }
  }

  private func add(
    _ body: @escaping @Sendable (any StoreReader) throws -> Void,
    _ continuation: UnsafeContinuation<Bool, any Error>
  ) {
    guard loop.isCurrent, !lines.isEmpty else {
      return unsafe continuation.resume(returning: false)
    }
    let batch: ReadBatch
    if let last = gathering.last, last.reads.count < Self.mostReads {
      batch = last
    } else {
      batch = ReadBatch(source.retention)
      gathering.append(batch)
    }
    unsafe batch.add(LoopRead(body, continuation, of: batch))
    loop.atEndOfTurn(self)
  }

  /// How many connections there are, and the processes that serve them.
  var lineCount: Int { lines.count }
  var processes: [Int64] { lines.map(\.connection.processId) }

  // MARK: Turns

  func flush() {
    for line in lines where !line.goOn() { lose(line) }
    gathering.removeAll { $0.isDone }
    for line in lines where line.isFree {
      guard !gathering.isEmpty else { break }
      guard source.connector.isCurrent(line.connection) else {
        lose(line)
        continue
      }
      if !line.begin(gathering.removeFirst()) { lose(line) }
    }
    for line in lines where !line.push() { lose(line) }
  }

  /// Gives up a connection; others read what it was to read.
  func lose(_ line: ReaderLine) {
    guard let index = lines.firstIndex(where: { $0 === line }) else { return }
    lines.remove(at: index)
    line.end()
    if lines.isEmpty { giveUp() } else { goOn() }
  }

  /// What is gathered may have a connection that is free.
  private func goOn() {
    if !gathering.isEmpty { loop.atEndOfTurn(self) }
  }

  private func giveUp() {
    for batch in gathering { batch.giveUp() }
    gathering = []
  }

  // MARK: Connections

  private func connectIfNeeded() {
    guard lines.count < Self.mostLines, !isConnecting, !isClosed, loop.now >= nextAttempt else {
      return
    }
    isConnecting = true
    let task = Task { [self] in
      let made = try? await source.connectElsewhere()
      loop.execute { [self] in
        isConnecting = false
        if let made { adopt(made.connection) } else { nextAttempt = loop.now + Self.pause }
      }
    }
    attempt.withLock { $0 = task }
  }

  private func adopt(_ connection: PostgreSQLConnection) {
    if isClosed { return }
    guard let line = ReaderLine(connection, of: self, source.patience, on: loop) else {
      nextAttempt = loop.now + Self.pause
      return
    }
    lines.append(line)
    goOn()
    connectIfNeeded()
  }

  /// Closes the connections; nothing is read after it. Before the loop is shut down; not on the loop.
  func close() async {
    await onLoop { $0.isClosed = true }
    await attempt.withLock { $0 }?.value
    await onLoop { reader in
      for line in reader.lines { reader.lose(line) }
    }
  }

  private func onLoop(_ body: @escaping @Sendable (LoopReader) -> Void) async {
    await withCheckedContinuation { continuation in
      loop.execute { [self] in
        body(self)
        continuation.resume()
      }
    }
  }
}

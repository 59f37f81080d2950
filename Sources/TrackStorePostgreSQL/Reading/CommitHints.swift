import EventLoop
import Glibc
import Synchronization
import TrackDomain
import TrackStoreSQL

/// Tells other servers of this one's commits, and is told of theirs: NOTIFY and LISTEN on a connection
/// of their own, which does not lead through a pooler that gives each transaction another session.
///
/// What is told is that there may be something new, and nothing else. It is told after the COMMIT, not
/// in it, since COMMITs with a NOTIFY wait for each other, and at most every 10 ms, however many
/// commits there are. A hint that is lost is made up for by `CommitPoll`.
///
/// `@unchecked Sendable`: belongs to its loop, but for what says otherwise.
final class CommitHints: Flushable, @unchecked Sendable {
  static let channel = "trackd_commits"
  /// How often others are told at most.
  private static let pause = Duration.milliseconds(10)
  /// How long no connection is made after one that was not to be had, or was lost.
  private static let retry = Duration.seconds(1)

  private let loop: EventLoop
  private let connect: @Sendable () async throws -> LongReaders.Passage<PostgreSQLConnection>
  /// Called for hints of others.
  private let told: @Sendable () -> Void
  private var line: HintLine?
  private var isClosed = false
  /// Whether others are to be told.
  private var hasNews = false
  private var isPausing = false
  var isAwaitingFlush = false
  /// Whether `note` has been called since the loop looked. Any thread.
  private let isNoted = Atomic(false)
  private let isListeningFlag = Atomic(false)
  private let attempt = Mutex<Task<Void, Never>?>(nil)

  init(
    connect: @escaping @Sendable () async throws -> LongReaders.Passage<PostgreSQLConnection>,
    told: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    loop = try EventLoop(name: "store-notify")
    self.connect = connect
    self.told = told
    tryConnecting()
  }

  /// Whether hints of others come. Any thread.
  var isListening: Bool { isListeningFlag.load(ordering: .relaxed) }

  /// There was a commit that others have to know of. Any thread; does not block.
  func note() {
    guard !isNoted.exchange(true, ordering: .acquiringAndReleasing) else { return }
    loop.execute { [self] in
      isNoted.store(false, ordering: .releasing)
      hasNews = true
      loop.atEndOfTurn(self)
    }
  }

  func flush() {
    guard hasNews, !isPausing, let line else { return }
    hasNews = false
    isPausing = true
    loop.schedule(after: Self.pause) { [self] in
      isPausing = false
      flush()
    }
    if !line.send("NOTIFY \(Self.channel)") { lose(line) }
  }

  // MARK: The connection. On the loop, but for its making

  private func tryConnecting() {
    let task = Task { [self] in
      let made = try? await connect()
      loop.execute { [self] in
        if let made { adopt(made.connection) } else { retry() }
      }
    }
    attempt.withLock { $0 = task }
  }

  private func adopt(_ connection: PostgreSQLConnection) {
    guard !isClosed else { return }
    guard let line = HintLine(connection, of: self, on: loop) else { return retry() }
    self.line = line
    if !line.send("LISTEN \(Self.channel)") { lose(line) }
    flush()
  }

  private func retry() {
    guard !isClosed else { return }
    loop.schedule(after: Self.retry) { [self] in
      if !isClosed { tryConnecting() }
    }
  }

  fileprivate func lose(_ lost: HintLine) {
    guard lost === line else { return }
    line = nil
    isListeningFlag.store(false, ordering: .relaxed)
    lost.end()
    retry()
  }

  /// LISTEN is in force: what was told before, nobody has heard.
  fileprivate func listens() {
    isListeningFlag.store(true, ordering: .relaxed)
    told()
  }

  fileprivate func hear() { told() }

  /// Ends the connection and the thread. Once, when nobody commits any more.
  func close() async {
    await onLoop { $0.isClosed = true }
    await attempt.withLock { $0 }?.value
    await onLoop { hints in
      if let line = hints.line { hints.lose(line) }
    }
    await loop.shutdown()
  }

  private func onLoop(_ body: @escaping @Sendable (CommitHints) -> Void) async {
    await withCheckedContinuation { continuation in
      loop.execute { [self] in
        body(self)
        continuation.resume()
      }
    }
  }
}

/// The connection of the hints. Belongs to their loop.
private final class HintLine: EventHandler {
  private let connection: PostgreSQLConnection
  private unowned let hints: CommitHints
  private let socket: WatchedSocket
  /// Whether LISTEN is in force.
  private var listens = false

  /// - Returns: nil where its socket cannot be watched.
  init?(_ connection: PostgreSQLConnection, of hints: CommitHints, on loop: EventLoop) {
    guard let socket = WatchedSocket(connection, on: loop) else { return nil }
    self.connection = connection
    self.hints = hints
    self.socket = socket
    guard socket.watch(self) else { return nil }
  }

  func end() { socket.end() }

  /// False: the connection is lost.
  func send(_ command: String) -> Bool {
    do {
      try connection.enqueue(command: command)
      try connection.startWaiting()
    } catch {
      return false
    }
    return socket.update()
  }

  func ready(_ events: Readiness) {
    do {
      let isDone = try connection.advance()
      guard socket.update() else { return hints.lose(self) }
      let wasTold = connection.takeNotifications()
      if isDone && !listens {
        listens = true
        hints.listens()
      } else if wasTold {
        hints.hear()
      }
    } catch {
      hints.lose(self)
    }
  }
}

import EventLoop
import TrackDomain
import TrackStoreSQL

/// Finds out that another server has committed something that observers are to be told of, what the
/// database's clock says, and whether the database answers. Looks when it is told to, and after a
/// pause.
actor CommitPoll {
  /// What else there is to be looked at is looked at so often.
  private static let pause = Duration.seconds(1)

  private static let look = Query { _ in
    "SELECT news, (\(PostgreSQLConnection.clockText)) FROM store_head WHERE one = 1"
  }

  private let reader: ThreadReader
  private let observers: CommitObservers
  private let clock: DatabaseClock
  private let durability: DurabilityStatus
  private let status: StoreStatus
  private var last: Int64?
  private var nextRound = MonotonicTime.now()
  private var tasks: [Task<Void, Never>] = []
  private let (hints, hinter) = AsyncStream.makeStream(
    of: Void.self, bufferingPolicy: .bufferingNewest(1))
  private var isLooking = false
  /// Whether somebody wanted a look while there was one.
  private var isWanted = false

  init(
    _ reader: ThreadReader, _ observers: CommitObservers, _ clock: DatabaseClock,
    _ durability: DurabilityStatus, _ status: StoreStatus
  ) {
    self.reader = reader
    self.status = status
    self.observers = observers
    self.clock = clock
    self.durability = durability
  }

  /// - Parameter pause: the time from one look to the next.
  func start(every pause: @escaping @Sendable () -> Duration) {
    tasks.append(
      Task {
        while (try? await Task.sleep(for: pause())) != nil { await look() }
      })
    tasks.append(
      Task { [hints] in
        for await _ in hints { await look() }
      })
  }

  /// There may be news. Any thread; does not block.
  nonisolated func hint() { hinter.yield() }

  private func look() async {
    isWanted = true
    if isLooking { return }
    isLooking = true
    while isWanted {
      isWanted = false
      await lookOnce()
    }
    isLooking = false
  }

  private func lookOnce() async {
    var news: Int64?
    do {
      // A connection that was lost says nothing of the database: a new one does.
      news = if let known = try? await read() { known } else { try await read() }
    } catch {
      // Another server may have taken its place, and count otherwise.
      last = nil
      // Asked again after the pause.
      return status.lose((error as? StoreError)?.detail ?? "\(error)")
    }
    status.regain()
    if news != last { observers.announce() }
    last = news
  }

  private func read() async throws -> Int64? {
    let isRound = MonotonicTime.now() >= nextRound
    if isRound { nextRound = MonotonicTime.now() + Self.pause }
    return try await reader.read { [clock, durability] reader in
      guard let reader = reader as? Reader else { return nil }
      if isRound {
        try StuckSessions.end(reader.source)
        durability.note(try DurabilityStatus.ask(reader.source))
      }
      let row = try reader.source.prepared(Self.look)
      defer { row.reset() }
      let asked = clock.uptime()
      guard try row.step() else { return nil }
      clock.set(row.int(1), asked: asked)
      return row.int(0)
    }
  }

  func close() async {
    hinter.finish()
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    await reader.end()
  }
}

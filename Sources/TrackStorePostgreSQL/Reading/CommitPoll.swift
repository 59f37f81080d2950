import EventLoop
import TrackDomain
import TrackStoreSQL

/// Finds out that another server has committed something that observers are to be told of, what the
/// database's clock says, and whether the database answers.
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
  private var task: Task<Void, Never>?

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

  func start(every pause: Duration) {
    task = Task {
      while (try? await Task.sleep(for: pause)) != nil { await look() }
    }
  }

  private func look() async {
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
    task?.cancel()
    await task?.value
    await reader.end()
  }
}

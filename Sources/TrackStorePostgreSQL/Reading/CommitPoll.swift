import EventLoop
import TrackDomain
import TrackStoreSQL

/// Finds out that another server has committed something that observers are to be told of, and what
/// the database's clock says.
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
  private var last: Int64?
  private var nextRound = MonotonicTime.now()
  private var task: Task<Void, Never>?

  init(
    _ reader: ThreadReader, _ observers: CommitObservers, _ clock: DatabaseClock,
    _ durability: DurabilityStatus
  ) {
    self.reader = reader
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
    let isRound = MonotonicTime.now() >= nextRound
    if isRound { nextRound = MonotonicTime.now() + Self.pause }
    let asked = clock.uptime()
    let found = try? await reader.read { [durability] reader in
      guard let reader = reader as? Reader else { return nil as (news: Int64, time: Int64)? }
      if isRound {
        try StuckSessions.end(reader.source)
        durability.note(standbyStates: try DurabilityStatus.standbyStates(reader.source))
      }
      let row = try reader.source.prepared(Self.look)
      defer { row.reset() }
      return try row.step() ? (row.int(0), row.int(1)) : nil
    }
    // A database that does not answer has no news; it is asked again.
    guard let found else {
      // Another server may have taken its place, and count otherwise.
      last = nil
      return
    }
    clock.set(found.time, asked: asked)
    if found.news != last { observers.announce() }
    last = found.news
  }

  func close() async {
    task?.cancel()
    await task?.value
    await reader.end()
  }
}

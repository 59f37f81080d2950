import TrackDomain
import TrackStoreSQL

/// The runs of a closure that reads.
final class ReplayedReads: Replay {
  private let reads: GroupReads
  @safe @exclusivity(unchecked) var statements: [ReplayedStatement] = []
  @safe @exclusivity(unchecked) var isForeseeing = false
  /// Whether the closure asked for rows that are not there.
  @safe @exclusivity(unchecked) private(set) var isWaiting = false
  /// What the closure asked for in its runs: it asks for the same in each of them, and for more.
  @safe @exclusivity(unchecked) private var asked: [Int] = []
  /// How much of that in this run.
  @safe @exclusivity(unchecked) private var count = 0

  init(_ reads: GroupReads) { self.reads = reads }

  /// Begins another run.
  func startAgain() {
    for statement in statements { statement.clear() }
    isWaiting = false
    count = 0
  }

  var fault: StoreError? { isWaiting ? .runsAgain : nil }

  // MARK: Replay

  func rows(_ query: Query, _ values: [StoredValue]) throws(StoreError) -> ResultRows {
    let guess = count < asked.count ? asked[count] : nil
    let place = reads.place(of: query, values, guess: guess)
    if guess == nil { asked.append(place) } else { asked[count] = place }
    count += 1
    if let rows = reads.rows(place) { return rows }
    if !isForeseeing { isWaiting = true }
    throw .runsAgain
  }

  func change(
    _ query: Query, _ values: [StoredValue], _ what: (@Sendable () -> String)?
  ) throws(StoreError) { throw uncounted() }

  func uncounted() -> StoreError { StoreError(.failed, "a reader does not write") }
}

import TrackDomain
import TrackStoreSQL

/// What runs a closure again and again until all that it reads is there.
protocol Replay: StatementSource {
  /// The statements that were used.
  var statements: [ReplayedStatement] { get set }
  /// Whether what is asked for now is read later: nothing is decided on it.
  var isForeseeing: Bool { get set }
  /// The rows of a statement. Throws where they are not there yet: then the closure runs again, if it
  /// was not foreseeing.
  func rows(_ query: Query, _ values: [StoredValue]) throws(StoreError) -> ResultRows
  /// A statement that changes rows.
  func change(
    _ query: Query, _ values: [StoredValue], _ what: (@Sendable () -> String)?
  ) throws(StoreError)
  /// Why the closure cannot know how many rows it changed.
  func uncounted() -> StoreError
}

extension Replay {
  func prepared(_ query: Query) throws(StoreError) -> any Statement {
    if let fault { throw fault }
    for statement in statements where statement.query.slot == query.slot { return statement }
    let statement = ReplayedStatement(query, of: self)
    statements.append(statement)
    return statement
  }

  func foresee(_ read: () throws(StoreError) -> Void) {
    if fault != nil { return }
    let wasForeseeing = isForeseeing
    isForeseeing = true
    defer { isForeseeing = wasForeseeing }
    do throws(StoreError) {
      try read()
    } catch {
      // Thrown again by the read itself, if that comes.
    }
  }

  func storeTime(_ retention: Retention?) throws(StoreError) -> Timestamp {
    let statement = try prepared(PostgreSQLConnection.clock)
    defer { statement.reset() }
    _ = try statement.step()
    return statement.time(0)
  }

  var mayLoseCommits: Bool { true }
}

extension StoreError {
  /// What interrupts a closure. One that catches it goes no further.
  static let runsAgain = StoreError(.unavailable, "the closure runs again")
}

/// A statement of a closure that is run again.
final class ReplayedStatement: RowStatement {
  let query: Query
  private unowned let replay: any Replay
  @safe @exclusivity(unchecked) private var values: [StoredValue] = []
  @safe @exclusivity(unchecked) var rows: ResultRows?
  @safe @exclusivity(unchecked) var row = -1
  @safe @exclusivity(unchecked) var oddity: String?

  init(_ query: Query, of replay: any Replay) {
    self.query = query
    self.replay = replay
  }

  /// Makes it as it was at first.
  func clear() {
    reset()
    values.removeAll(keepingCapacity: true)
    oddity = nil
  }

  func step() throws(StoreError) -> Bool {
    if rows == nil {
      rows = try replay.rows(query, values)
      row = -1
    }
    return advance()
  }

  @discardableResult
  func run() throws(StoreError) -> Int { throw replay.uncounted() }

  func send(changing what: (@Sendable () -> String)?) throws(StoreError) {
    try replay.change(query, values, what)
  }

  func bind(_ index: Int32, _ value: Int64) { set(index, .number(value)) }
  func bind(_ index: Int32, _ value: String) { set(index, .text(value)) }
  func bind(_ index: Int32, _ value: [UInt8]) { set(index, .bytes(value)) }
  func bindNull(_ index: Int32) { set(index, .null) }

  private func set(_ index: Int32, _ value: StoredValue) {
    if values.isEmpty { values.reserveCapacity(4) }
    while values.count < Int(index) { values.append(.null) }
    values[Int(index) - 1] = value
  }
}

import CPostgreSQL
import Glibc
import TrackDomain
import TrackStoreSQL

/// One statement of a connection, with its values and its rows. Belongs to its connection and to
/// that connection's thread.
///
/// A run has all of its rows in memory before the first is read: queries have a limit.
@safe final class PostgreSQLStatement: RowStatement {
  /// Whether the server knows the statement by its name.
  private enum Preparation {
    case none
    /// On its way, before the statement's first run.
    case sent
    case done
  }

  private let pipeline: Pipeline
  private let text: String
  /// Nil: it is not prepared, but sent with its text each time.
  private let name: String?
  private let values: BoundValues
  @safe @exclusivity(unchecked) private var preparation = Preparation.none
  @safe @exclusivity(unchecked) var rows: ResultRows?
  @safe @exclusivity(unchecked) var row = -1
  @safe @exclusivity(unchecked) var oddity: String?

  init(_ query: String, name: String?, in pipeline: Pipeline) {
    let marks = ParameterMarks(query)
    text = marks.text
    values = BoundValues(count: marks.count)
    self.name = name
    self.pipeline = pipeline
  }

  // MARK: Running

  func step() throws(StoreError) -> Bool {
    if rows == nil {
      rows = try runForRows()
      row = -1
    }
    return advance()
  }

  @discardableResult
  func run() throws(StoreError) -> Int {
    reset()
    return try runForRows()?.changes ?? 0
  }

  func send(changing what: (@Sendable () -> String)?) throws(StoreError) {
    reset()
    try start(.sent(changing: what))
    if pipeline.isLong { try pipeline.wait() }
  }

  /// Sends the statement; its rows are in the box after the next wait.
  func collect(into box: RowBox) throws(StoreError) {
    reset()
    try start(.collected(box))
  }

  private func runForRows() throws(StoreError) -> ResultRows? {
    try start(.awaited)
    return try pipeline.wait()
  }

  private func start(_ entry: Pipeline.Entry) throws(StoreError) {
    try values.check()
    let count = Int32(values.count)
    guard let name else {
      return try pipeline.send(entry, size: text.utf8.count + values.size) {
        unsafe PQsendQueryParams(
          pipeline.handle, text, count, values.types, values.values, values.lengths, values.formats,
          1)
      }
    }
    try prepare(name)
    try pipeline.send(entry, size: name.utf8.count + values.size) {
      unsafe PQsendQueryPrepared(
        pipeline.handle, name, count, values.values, values.lengths, values.formats, 1)
    }
  }

  private func prepare(_ name: String) throws(StoreError) {
    guard preparation == .none else { return }
    try pipeline.send(.preparation(self), size: text.utf8.count + 4 * values.count) {
      unsafe PQsendPrepare(pipeline.handle, name, text, Int32(values.count), values.types)
    }
    preparation = .sent
  }

  /// What became of its preparation.
  func prepared(_ isDone: Bool) { preparation = isDone ? .done : .none }

  // MARK: Binding

  func bind(_ index: Int32, _ value: Int64) { values.bind(index, value) }
  func bind(_ index: Int32, _ value: String) { values.bind(index, value) }
  func bind(_ index: Int32, _ value: [UInt8]) { values.bind(index, value) }
  func bindNull(_ index: Int32) { values.bindNull(index) }
}

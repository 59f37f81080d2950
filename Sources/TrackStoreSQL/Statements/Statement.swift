package import TrackDomain

/// One prepared statement, with its values and its rows. Belongs to its connection and to that
/// connection's thread.
///
/// Values are bound from 1 on; what goes wrong with one is thrown by the next step. Columns of the
/// row are read from 0 on; a value that cannot be is read as another one, and `check` throws for
/// the row.
package protocol Statement: AnyObject {
  /// Runs to the next row; false at the end.
  func step() throws(StoreError) -> Bool
  /// Runs to the end, and makes the statement ready for the next use.
  ///
  /// - Returns: how many rows it changed.
  @discardableResult
  func run() throws(StoreError) -> Int
  /// As `run`, but does not wait where the rows are elsewhere: what the statement is refused for is
  /// thrown by a later call, or by the commit.
  ///
  /// - Parameter what: what does not exist when no row was changed; nil: then nothing is wrong.
  func send(changing what: (@Sendable () -> String)?) throws(StoreError)
  /// Ends the run; bound values stay.
  func reset()

  func bind(_ index: Int32, _ value: Int64)
  func bind(_ index: Int32, _ value: String)
  func bind(_ index: Int32, _ value: [UInt8])
  func bindNull(_ index: Int32)

  /// 0 for NULL; 0 or 1 for the value of a condition.
  func int(_ column: Int32) -> Int64
  /// The text, with embedded NULs; empty for NULL.
  func text(_ column: Int32) -> String
  /// The bytes; empty for NULL.
  func blob(_ column: Int32) -> [UInt8]
  /// Whether the bytes are these; NULL counts as empty.
  func blob(_ column: Int32, equals bytes: [UInt8]) -> Bool
  func isNull(_ column: Int32) -> Bool

  /// What is wrong with a value of the row that was read, and that no version of trackd wrote. A
  /// step empties it.
  var oddity: String? { get set }
}

package extension Statement {
  /// Throws where no row was changed and one had to be.
  func check(changes: Int, _ what: (@Sendable () -> String)?) throws(StoreError) {
    if changes == 0, let what { throw StoreError(.failed, "\(what()) does not exist") }
  }

  // MARK: Binding

  func bind(_ index: Int32, _ value: Int) { bind(index, Int64(value)) }

  func bind(_ index: Int32, _ value: Bool) { bind(index, value ? 1 as Int64 : 0) }

  /// Nil is NULL.
  func bind(_ index: Int32, _ value: Timestamp?) {
    if let value { bind(index, value.microseconds) } else { bindNull(index) }
  }

  /// The empty text is NULL.
  func bind(_ index: Int32, emptyIsNull value: String) {
    if value.isEmpty { bindNull(index) } else { bind(index, value) }
  }

  // MARK: Columns

  /// Throws when a value of the row cannot be. To be called when the row has been read.
  func check(_ what: @autoclosure () -> String) throws(StoreError) {
    if let oddity { throw .unreadable("\(what()), for \(oddity),") }
  }

  func note(_ column: Int32, _ what: String) {
    if oddity == nil { oddity = "\(what) in column \(column)" }
  }

  func bool(_ column: Int32) -> Bool {
    let number = int(column)
    if number & ~1 != 0 { note(column, "a flag that is \(number)") }
    return number != 0
  }

  /// A number that only grows, from 0 on, and has room to go on.
  func counter(_ column: Int32) -> Int64 {
    let number = int(column)
    if number >= 0 && number < 1 << 62 { return number }
    note(column, "the number \(number)")
    return 0
  }

  /// A number from 0 to `Int32.max`.
  func natural32(_ column: Int32) -> Int32 {
    let number = int(column)
    if number >= 0, let small = Int32(exactly: number) { return small }
    note(column, "the number \(number)")
    return 0
  }

  func byte(_ column: Int32) -> UInt8 {
    let number = int(column)
    if let byte = UInt8(exactly: number) { return byte }
    note(column, "the number \(number)")
    return 0
  }

  func time(_ column: Int32) -> Timestamp {
    if let time = Timestamp(exactly: int(column)) { return time }
    note(column, "the time \(int(column))")
    return .earliest
  }

  func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

  /// The case with the number of the column; nil for a number that the schema does not allow.
  func value<Value: RawRepresentable<UInt8>>(_ column: Int32, _ type: Value.Type) -> Value? {
    UInt8(exactly: int(column)).flatMap { Value(rawValue: $0) }
  }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
}

/// The most bytes of a value, of texts and of blobs: far more than the store writes.
package enum LongestValue {
  package static let text = 1 << 20
  package static let blob = 16 << 20
}

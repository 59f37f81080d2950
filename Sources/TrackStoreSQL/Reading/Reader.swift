package import TrackDomain

/// Reads through one connection, and belongs to its thread.
package class Reader: StoreReader {
  package let source: any StatementSource

  /// Nil: no row is too old, for tests.
  package let retention: Retention?

  package init(_ source: any StatementSource, _ retention: Retention? = nil) {
    self.source = source
    self.retention = retention
  }

  // MARK: Statements

  final func statement(_ query: Query) throws(StoreError) -> any Statement {
    try source.prepared(query)
  }

  /// Whether there is another row.
  @inline(__always)
  final func step(_ statement: any Statement) throws(StoreError) -> Bool { try statement.step() }

  package final func foresee(_ read: () throws(StoreError) -> Void) { source.foresee(read) }

  /// Runs a statement without rows and returns how many rows it changed.
  @discardableResult
  final func run(_ statement: any Statement) throws(StoreError) -> Int { try statement.run() }

  /// Here, because `Transaction` has its own.
  package func component(_ id: String) throws(StoreError) -> ComponentContext? {
    try readComponent(id)
  }

  /// Here, because `Transaction` has its own.
  package func request(_ key: RequestKey) throws(StoreError) -> RememberedRequest? {
    try readRequest(key)
  }

  /// Told of each deployment that was read by its id.
  func noteRead(_ deployment: Deployment) {}

  package func storeTime() throws(StoreError) -> Timestamp { try source.storeTime(retention) }
}

extension StoreError {
  /// A row that no version of the store has written.
  package static func unreadable(_ what: String) -> StoreError {
    StoreError(.corrupt, "\(what) cannot be read")
  }
}

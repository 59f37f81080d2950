import TrackDomain

/// What SQLite reported first on a connection, broken rules of the schema apart. Not checked for
/// overlapping access: it is confined with its connection, and no access runs other code.
final class FaultNote {
  @safe @exclusivity(unchecked) var fault: SQLiteError?

  /// - Returns: what callers of the store are told of the error.
  func note(_ error: SQLiteError) -> StoreError {
    if error.kind != .constraint && fault == nil { fault = error }
    return StoreError(error)
  }
}

extension StoreError {
  /// What the callers of the store are told of an error of SQLite.
  init(_ error: SQLiteError) {
    switch error.kind {
    case .full: self.init(.full, error.description)
    case .busy, .memory, .storage: self.init(.unavailable, error.description)
    case .constraint, .other: self.init(.failed, error.description)
    }
  }
}

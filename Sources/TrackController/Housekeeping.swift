public import TrackDomain

/// Forgets what has been kept long enough.
public struct Housekeeping: Sendable {
  private let store: any TrackStore
  private let now: @Sendable () -> Timestamp

  /// At most this many rows go in one transaction, so that callers do not wait for it.
  static var batch: Int { 1000 }

  /// - Parameter now: the wall clock.
  public init(store: any TrackStore, now: @escaping @Sendable () -> Timestamp) {
    self.store = store
    self.now = now
  }

  /// Forgets all requests that are older than 24 hours. To be called every few minutes; ends early
  /// when the task is cancelled.
  ///
  /// - Returns: how many there were.
  @discardableResult
  public func forgetOldRequests() async throws -> Int {
    let time = now().before(microseconds: RequestID.retentionMicroseconds)
    var total = 0
    while !Task.isCancelled {
      let count = try await store.write { transaction in
        try transaction.forgetRequests(before: time, limit: Self.batch)
      }
      total += count
      if count < Self.batch { break }
    }
    return total
  }
}

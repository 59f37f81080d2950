import TrackDomain

/// Drops what has been kept long enough, a few rows with each group of writes: more than a group
/// can add, so that the tables stay bounded, and without commits of its own.
struct Reaper {
  let requestRetention: Duration
  let changeRetention: Duration
  /// Of images that were superseded and never deployed with success.
  let imageRetention: Duration
  /// How many rows of each kind one run drops.
  let batch: Int
  private var nextRun = Timestamp(microseconds: .min)

  init(
    requestRetention: Duration, changeRetention: Duration, imageRetention: Duration, batch: Int
  ) {
    self.requestRetention = requestRetention
    self.changeRetention = changeRetention
    self.imageRetention = imageRetention
    self.batch = batch
  }

  /// What to run with the next group, or nil if it is too early.
  mutating func write(now: Timestamp) -> ReapingWrite? {
    // A clock that was set back does not put the next run off.
    if now < nextRun, now.microseconds >= nextRun.microseconds - 1_000_000 { return nil }
    return ReapingWrite(
      requestsBefore: now.before(requestRetention), changesBefore: now.before(changeRetention),
      imagesBefore: now.before(imageRetention), batch: batch)
  }

  /// Looks again after the next group if there may be more, else in a second.
  mutating func ran(_ write: ReapingWrite, at now: Timestamp) {
    nextRun = write.mayHaveMore ? now : Timestamp(microseconds: now.microseconds + 1_000_000)
  }
}

/// The reaper's part of a group. Nobody waits for it.
///
/// `@unchecked Sendable`: made, run and dropped on the writer's thread.
final class ReapingWrite: PendingWrite, @unchecked Sendable {
  private let requestsBefore: Timestamp
  private let changesBefore: Timestamp
  private let imagesBefore: Timestamp
  private let batch: Int
  private(set) var mayHaveMore = false

  init(requestsBefore: Timestamp, changesBefore: Timestamp, imagesBefore: Timestamp, batch: Int) {
    self.requestsBefore = requestsBefore
    self.changesBefore = changesBefore
    self.imagesBefore = imagesBefore
    self.batch = batch
  }

  var isCancelled: Bool { false }

  func run(in transaction: Transaction) {
    do {
      try transaction.run { _ in
        let requests = try transaction.forgetRequests(before: requestsBefore, limit: batch)
        let changes = try transaction.forgetChanges(before: changesBefore, limit: batch)
        let images = try transaction.forgetImages(before: imagesBefore, limit: batch)
        mayHaveMore = requests == batch || changes == batch || images == batch
      }
    } catch {
      // The writer sees a fault of SQLite by itself; there is another run later.
      mayHaveMore = false
    }
  }

  func fail(_ error: any Error) {}
  func answer() {}
}

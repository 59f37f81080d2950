import TrackDomain
import TrackStoreSQL

/// Drops what has been kept long enough, a few rows with each group of writes: more than a group
/// can add, so that the tables stay bounded, and without commits of its own.
struct Reaper {
  let retention: Retention
  /// How many rows of each kind one run drops.
  let batch: Int
  /// Of the retention's clock.
  private var nextRun: Int64 = 0

  init(_ retention: Retention, batch: Int) {
    self.retention = retention
    self.batch = batch
  }

  /// What to run with the next group, or nil if it is too early.
  func write() -> ReapingWrite? {
    let now = retention.clock.now
    return now < nextRun ? nil : ReapingWrite(retention, at: now, batch: batch)
  }

  /// Looks again after the next group if there may be more, else a second after it began.
  mutating func ran(_ write: ReapingWrite) {
    nextRun = write.mayHaveMore ? 0 : write.time + 1_000_000
  }
}

/// The reaper's part of a group. Nobody waits for it. It keeps the clock, too.
///
/// `@unchecked Sendable`: made, run and dropped on the writer's thread.
final class ReapingWrite: PendingWrite, @unchecked Sendable {
  private let retention: Retention
  /// Of the retention's clock, when it was made.
  let time: Int64
  private let batch: Int
  private(set) var mayHaveMore = false
  /// Why old events of the audit were not dropped.
  private(set) var finding: AuditVerification.Finding?
  private var hasDroppedImages = false

  init(_ retention: Retention, at time: Int64, batch: Int) {
    self.retention = retention
    self.time = time
    self.batch = batch
  }

  var isCancelled: Bool { false }

  /// Requests and changes belong to no component.
  var scope: WriteScope { hasDroppedImages ? .everything : .nothing }

  func run(in transaction: Transaction) {
    let clock = retention.clock
    do {
      try transaction.run(.everything) { _ in
        let requests = try transaction.forgetRequests(
          keptBefore: clock.limit(retention.requests), limit: batch)
        let changes = try transaction.forgetChanges(
          keptBefore: clock.limit(retention.changes), limit: batch)
        let ends = try transaction.forgetEnds(
          keptBefore: clock.limit(retention.requests), limit: batch)
        let images = try transaction.forgetImages(
          keptBefore: clock.limit(retention.images), limit: batch)
        hasDroppedImages = images > 0
        try transaction.keepClock(clock.now)
        mayHaveMore = [requests, changes, ends, images].contains(batch)
      }
    } catch {
      // The writer sees a fault of SQLite by itself; there is another run later.
      mayHaveMore = false
    }
    forgetAudit(in: transaction)
  }

  /// By itself: what is wrong with the audit keeps nothing else.
  private func forgetAudit(in transaction: Transaction) {
    let clock = retention.clock
    do {
      try transaction.run(.everything) { _ in
        let events = try transaction.forgetAudit(
          keptBefore: clock.limit(retention.audit),
          wallTime: retention.time().before(retention.audit), limit: batch)
        if events == batch { mayHaveMore = true }
      }
    } catch let error as Transaction.AuditFault {
      finding = error.finding
    } catch {
      // As above.
    }
  }

  func fail(_ error: any Error) {}
  func answer() {}
}

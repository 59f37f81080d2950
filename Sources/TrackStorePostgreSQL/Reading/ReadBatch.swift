import TrackDomain
import TrackStoreSQL

/// Reads of one state of the database. Belongs to its loop.
final class ReadBatch {
  /// How often a closure runs. One with a longer chain of reads goes elsewhere, since whatever runs
  /// again decodes again what it had.
  private static let mostRuns = 16

  let rows = GroupReads()
  let retention: Retention
  /// Those that are not done.
  @safe @exclusivity(unchecked) private(set) var reads: [LoopRead] = []
  private var runs = 1

  init(_ retention: Retention) { self.retention = retention.still }

  var isDone: Bool { reads.isEmpty }

  /// Runs a read for the first time.
  func add(_ read: LoopRead) {
    if !read.run() { reads.append(read) }
  }

  /// Runs all reads again: rows have come.
  func run() {
    runs += 1
    reads.removeAll { $0.run() }
    if runs >= Self.mostRuns { giveUp() }
  }

  func giveUp() {
    for read in reads { read.giveUp() }
    reads = []
  }
}

/// A read of a caller who waits for it.
@safe final class LoopRead {
  @safe @exclusivity(unchecked) private var body: (@Sendable (any StoreReader) throws -> Void)?
  private let continuation: UnsafeContinuation<Bool, any Error>
  private let reads: ReplayedReads
  private let reader: Reader

  /// - Parameters:
  ///   - continuation: is told whether `body` came to its end; if not, somebody else has to read.
  init(
    _ body: @escaping @Sendable (any StoreReader) throws -> Void,
    _ continuation: UnsafeContinuation<Bool, any Error>, of batch: ReadBatch
  ) {
    self.body = body
    unsafe self.continuation = continuation
    reads = ReplayedReads(batch.rows)
    reader = Reader(reads, batch.retention)
  }

  /// Runs the closure, from its beginning.
  ///
  /// - Returns: whether it came to its end, and its caller has an answer.
  func run() -> Bool {
    var failure: (any Error)?
    do { try body?(reader) } catch { failure = error }
    if reads.isWaiting {
      reads.startAgain()
      return false
    }
    // The caller's closure does not outlive its call.
    self.body = nil
    if let failure {
      unsafe continuation.resume(throwing: failure)
    } else {
      unsafe continuation.resume(returning: true)
    }
    return true
  }

  /// Tells the caller that somebody else has to read.
  func giveUp() {
    body = nil
    unsafe continuation.resume(returning: false)
  }
}

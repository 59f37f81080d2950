import EventLoop
import TrackDomain

/// Reads on one event loop, without leaving it.
///
/// The reads of one turn share a snapshot: to take one costs more than to find a row. It is given
/// back at the end of the turn, and exchanged before that when something was committed since, so that
/// a read sees every write that was answered before it began. Lives on its loop.
final class LoopReader: Flushable {
  var isAwaitingFlush = false
  private let reader: Reader
  private let source: ReaderSource
  /// The number of commits when the snapshot was taken; nil without one.
  private var snapshot: Int?

  init(_ source: ReaderSource) throws(StoreError) {
    self.source = source
    reader = try source.makeReader()
  }

  func read<Value>(
    on loop: EventLoop, _ body: (any StoreReader) throws -> Value
  ) throws -> Value {
    let commits = source.commits
    if snapshot != commits {
      endSnapshot()
      do throws(SQLiteError) { try reader.beginSnapshot() } catch { throw StoreError(error) }
      snapshot = commits
      loop.atEndOfTurn(self)
    }
    defer {
      if let fault = reader.fault {
        endSnapshot()
        source.report(fault)
      }
    }
    return try body(reader)
  }

  func flush() {
    endSnapshot()
  }

  private func endSnapshot() {
    if snapshot == nil { return }
    snapshot = nil
    reader.endSnapshot()
  }
}

import EventLoop
import TrackDomain
import TrackStoreSQL

/// Reads on one event loop, without leaving it.
///
/// Reads share a snapshot: to take one and to give it back is two system calls and costs more than
/// to find a row. A read that comes after a commit exchanges it, so that it sees every write that
/// was answered before it began. It is given back soon after it was taken, whether there are reads
/// or not, because the log cannot start anew as long as somebody reads from it. Lives on its loop.
final class LoopReader {
  /// How long a snapshot is kept at most, while the loop turns.
  static let keptTime = Duration.milliseconds(10)

  private let reader: SnapshotReader
  private let source: ReaderSource
  /// The number of commits when the snapshot was taken; nil without one.
  @safe @exclusivity(unchecked) private var snapshot: Int?
  private var isReturnScheduled = false

  init(_ source: ReaderSource) throws(StoreError) {
    self.source = source
    reader = try source.makeSnapshotReader()
  }

  func read<Value>(
    on loop: EventLoop, _ body: (any StoreReader) throws -> Value
  ) throws -> Value {
    let commits = source.commits
    if snapshot != commits {
      endSnapshot()
      try reader.begin()
      snapshot = commits
      scheduleReturn(on: loop)
    }
    defer {
      if let fault = reader.fault {
        endSnapshot()
        source.report(fault)
      } else if source.pressure.isHigh {
        endSnapshot()
      }
    }
    return try body(reader.reader)
  }

  private func scheduleReturn(on loop: EventLoop) {
    if isReturnScheduled { return }
    isReturnScheduled = true
    loop.schedule(after: Self.keptTime) { [weak self] in
      self?.isReturnScheduled = false
      self?.endSnapshot()
    }
  }

  private func endSnapshot() {
    if snapshot == nil { return }
    snapshot = nil
    reader.end()
  }
}

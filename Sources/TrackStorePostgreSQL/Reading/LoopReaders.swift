import EventLoop
import Synchronization
import TrackDomain
import TrackStoreSQL

/// The readers of the event loops: one for each loop that ever read. Any thread.
final class LoopReaders: Sendable {
  private let readers: LoopLocal<LoopReader>
  private let all: Made

  /// Those that were made, for their end.
  private final class Made: Sendable {
    let readers = Mutex<[LoopReader]>([])
  }

  init(_ source: ReaderSource) {
    let all = Made()
    self.all = all
    readers = LoopLocal { loop in
      let reader = LoopReader(source, on: loop)
      all.readers.withLock { $0.append(reader) }
      return reader
    }
  }

  /// The reader of the loop that the caller runs on; nil where there is none.
  var current: LoopReader? {
    guard let loop = EventLoop.current else { return nil }
    // Making one throws nothing.
    return try? readers.state(on: loop)
  }

  /// Closes the connections. Before the loops are shut down; nothing is read after it.
  func close() async {
    for reader in all.readers.withLock({ $0 }) { await reader.close() }
  }
}

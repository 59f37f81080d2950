import EventLoop
import Synchronization
import TrackDomain

/// The readers of the event loops: one for each loop that ever read, found by the loop's index.
final class LoopReaders: Sendable {
  private let slots: [Slot]
  private let source: ReaderSource

  init(_ source: ReaderSource) {
    self.source = source
    slots = (0..<256).map { _ in Slot() }
  }

  /// The reader of the loop that the caller runs on. Nil if another loop has its place: loops of
  /// several groups share their numbers.
  func reader(on loop: EventLoop) throws(StoreError) -> LoopReader? {
    guard loop.index < slots.count, slots[loop.index].belongs(to: loop) else { return nil }
    return try slots[loop.index].reader(source)
  }
}

/// The place of one loop's reader.
///
/// `@unchecked Sendable`: `kept` is touched by the loop that `owner` names, which is set once.
private final class Slot: @unchecked Sendable {
  private let owner = Atomic<UInt>(0)
  private var kept: LoopReader?

  func belongs(to loop: EventLoop) -> Bool {
    let id = UInt(bitPattern: ObjectIdentifier(loop))
    let found = owner.load(ordering: .acquiring)
    if found != 0 { return found == id }
    let (exchanged, original) = owner.compareExchange(
      expected: 0, desired: id, ordering: .acquiringAndReleasing)
    return exchanged || original == id
  }

  func reader(_ source: ReaderSource) throws(StoreError) -> LoopReader {
    if let kept { return kept }
    let made = try LoopReader(source)
    kept = made
    return made
  }
}

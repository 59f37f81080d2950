public import EventLoop
public import Synchronization
public import TrackDomain

/// A value for each event loop that ever asked for one, found by the loop's index.
package final class LoopLocal<State>: Sendable {
  @usableFromInline let slots: [LoopSlot<State>]

  /// - Parameter make: makes the value of the loop that the caller runs on.
  package init(_ make: @escaping @Sendable (EventLoop) throws(StoreError) -> State) {
    slots = (0..<256).map { _ in LoopSlot(make) }
  }

  /// The value of the loop that the caller runs on. Nil if another loop has its place: loops of
  /// several groups share their numbers.
  @inlinable package func state(on loop: EventLoop) throws(StoreError) -> State? {
    guard loop.index < slots.count, slots[loop.index].belongs(to: loop) else { return nil }
    return try slots[loop.index].state(on: loop)
  }
}

/// The place of one loop's value.
///
/// `@unchecked Sendable`: `kept` is touched by the loop that `owner` names, which is set once.
@usableFromInline final class LoopSlot<State>: @unchecked Sendable {
  @usableFromInline let make: @Sendable (EventLoop) throws(StoreError) -> State
  @usableFromInline let owner = Atomic<UInt>(0)
  @safe @exclusivity(unchecked) @usableFromInline var kept: State?

  init(_ make: @escaping @Sendable (EventLoop) throws(StoreError) -> State) { self.make = make }

  @inlinable func belongs(to loop: EventLoop) -> Bool {
    let id = UInt(bitPattern: ObjectIdentifier(loop))
    let found = owner.load(ordering: .acquiring)
    if found != 0 { return found == id }
    let (exchanged, original) = owner.compareExchange(
      expected: 0, desired: id, ordering: .acquiringAndReleasing)
    return exchanged || original == id
  }

  @inlinable func state(on loop: EventLoop) throws(StoreError) -> State {
    if let kept { return kept }
    let made = try make(loop)
    kept = made
    return made
  }
}

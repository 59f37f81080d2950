import Synchronization

/// A number that one loop changes and any thread reads, without a lock.
///
/// The only writer is the owning loop's thread, so a change is a plain load and store: nothing is
/// lost, and no processor waits for another. A reader sees each value whole, perhaps a moment old.
public struct LoopCounter: ~Copyable, Sendable {
  private let word = Atomic<Int>(0)

  public init() {}

  /// On the owning loop's thread.
  @inline(__always)
  public func add(_ count: Int) {
    word.store(word.load(ordering: .relaxed) &+ count, ordering: .relaxed)
  }

  /// Any thread.
  public var value: Int { word.load(ordering: .relaxed) }
}

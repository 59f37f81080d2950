public import Synchronization

/// One value for each executor of a server, made when it is first asked for: state that needs no
/// lock, because only the executor's thread has it.
public final class ExecutorLocal<Value: AnyObject>: Sendable {
  @usableFromInline let slots: [Slot]
  @usableFromInline let make: @Sendable () -> Value

  /// - Parameter make: makes the value of an executor, on its thread.
  public init(_ make: @escaping @Sendable () -> Value) {
    self.make = make
    slots = (0..<256).map { _ in Slot() }
  }

  /// The executor's value; on its thread.
  ///
  /// - Returns: nil where another executor has its place: executors of several groups share
  ///   numbers.
  @inlinable
  public func value(on executor: any CallExecutor) -> Value? {
    let index = executor.index
    guard index < slots.count, slots[index].belongs(to: executor) else { return nil }
    return slots[index].value(make)
  }

  /// `@unchecked Sendable`: `kept` is touched by the executor that `owner` names, which is set
  /// once.
  @usableFromInline
  final class Slot: @unchecked Sendable {
    @usableFromInline let owner = Atomic<UInt>(0)
    @usableFromInline @safe @exclusivity(unchecked) var kept: Value?

    init() {}

    @inlinable
    func belongs(to executor: any CallExecutor) -> Bool {
      let id = UInt(bitPattern: ObjectIdentifier(executor))
      let found = owner.load(ordering: .acquiring)
      if found != 0 { return found == id }
      let (exchanged, original) = owner.compareExchange(
        expected: 0, desired: id, ordering: .acquiringAndReleasing)
      return exchanged || original == id
    }

    @inlinable
    func value(_ make: () -> Value) -> Value {
      if let kept { return kept }
      let made = make()
      kept = made
      return made
    }
  }
}

import Synchronization

/// Counts what one server or transport refuses. Any thread, without locks.
///
/// The loops share the counters: only what is refused pays for that, with an atomic addition.
public final class RefusalCounters: Sendable {
  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  private let counters = RefusalClass.allCases.map { _ in Counter() }

  public init() {}

  /// Counts one more.
  public func add(_ refusal: RefusalClass) {
    counters[refusal.rawValue].value.wrappingAdd(1, ordering: .relaxed)
  }

  /// The numbers until now. While the loops work they are not all of the same moment.
  public var counts: RefusalCounts {
    var counts = RefusalCounts()
    for refusal in RefusalClass.allCases {
      counts[refusal] = counters[refusal.rawValue].value.load(ordering: .relaxed)
    }
    return counts
  }
}

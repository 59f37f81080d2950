import Synchronization

/// Whether a drain has begun, and when.
final class DrainState: Sendable {
  /// Microseconds after `origin`; -1 until it has begun.
  private let beginning = Atomic<Int64>(-1)
  private let origin: ContinuousClock.Instant
  private let now: @Sendable () -> ContinuousClock.Instant

  init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    self.now = now
    origin = now()
  }

  var hasBegun: Bool { beginning.load(ordering: .relaxed) >= 0 }

  /// False when a drain had begun before.
  func begin() -> Bool {
    let elapsed = (now() - origin) / .microseconds(1)
    return beginning.compareExchange(
      expected: -1, desired: Int64(elapsed), ordering: .relaxed
    ).exchanged
  }

  /// The rest of the time that a drain may take; all of it when none has begun.
  func remaining(of grace: Duration) -> Duration {
    let began = beginning.load(ordering: .relaxed)
    if began < 0 { return grace }
    return max(.zero, origin + .microseconds(began) + grace - now())
  }
}

import EventLoop
import Telemetry

/// The metrics as text, made anew for everybody who asks, as long as few do: to make it takes a
/// thread some milliseconds, and who asks again and again gets what was made last.
///
/// `@unchecked Sendable`: everything is touched under the lock only.
final class ExpositionCache: @unchecked Sendable {
  /// Texts that are made at once, and in a second.
  static let burst = 20.0
  static let perSecond = 5.0

  private let registry: MetricRegistry
  private let now: @Sendable () -> MonotonicTime
  private let lock = Lock()
  private var tokens = ExpositionCache.burst
  private var refilledAt: MonotonicTime
  private var last: [ExpositionFormat: [UInt8]] = [:]

  init(
    _ registry: MetricRegistry, now: @escaping @Sendable () -> MonotonicTime = { .now() }
  ) {
    self.registry = registry
    self.now = now
    refilledAt = now()
  }

  func text(_ format: ExpositionFormat) -> [UInt8] {
    let kept: [UInt8]? = lock.withLock {
      let time = now()
      tokens = min(Self.burst, tokens + (time - refilledAt) / .seconds(1) * Self.perSecond)
      refilledAt = time
      if tokens < 1, let kept = last[format] { return kept }
      tokens -= 1
      return nil
    }
    if let kept { return kept }
    let made = registry.exposition(format)
    lock.withLock { last[format] = made }
    return made
  }
}

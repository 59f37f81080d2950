import EventLoop
import RPC

/// When a channel's name is looked up; pure.
struct ResolutionSchedule {
  enum Action: Equatable {
    case nothing
    /// Look it up now.
    case resolve
    /// Call `timePassed` after this time.
    case wait(Duration)
  }

  private let minInterval: Duration
  private let backoff: Backoff
  private var isRunning = false
  /// A lookup waits for its time.
  private var isWanted = false
  private var failures = 0
  private var notBefore: MonotonicTime?

  init(_ options: ChannelOptions) {
    minInterval = options.minResolutionInterval
    backoff = options.backoff
  }

  /// The addresses may have changed.
  mutating func requested(at now: MonotonicTime) -> Action {
    if isRunning || isWanted { return .nothing }
    if let notBefore, now < notBefore {
      isWanted = true
      return .wait(notBefore - now)
    }
    isRunning = true
    return .resolve
  }

  mutating func timePassed(at now: MonotonicTime) -> Action {
    guard isWanted else { return .nothing }
    isWanted = false
    return requested(at: now)
  }

  mutating func succeeded(at now: MonotonicTime) {
    isRunning = false
    failures = 0
    notBefore = now + minInterval
  }

  /// - Parameter random: from 0 to 1, for the jitter.
  mutating func failed(at now: MonotonicTime, random: Double) -> Action {
    isRunning = false
    failures += 1
    let delay = backoff.delay(afterFailures: failures, random: random)
    notBefore = now + delay
    isWanted = true
    return .wait(delay)
  }

  /// The channel does without addresses for now.
  mutating func stopped() { isWanted = false }
}

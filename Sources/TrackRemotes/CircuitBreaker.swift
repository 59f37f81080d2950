import RPC

/// Stops calling a service that does not answer. After `maxFailures` failures in a row it refuses
/// calls for a while; then it lets one call through as a probe, whose result decides.
///
/// Pure. The result of a call counts only in the state that the call began in.
struct CircuitBreaker: Sendable {
  /// The permission to make a call.
  struct Permit: Sendable, Equatable {
    fileprivate let generation: Int
  }

  private enum State {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    /// A probe is running.
    case probing
  }

  private let maxFailures: Int
  private let pause: Backoff
  private var state = State.closed(failures: 0)
  private var generation = 0
  /// How often in a row calls were refused for a while.
  private var openings = 0

  init(maxFailures: Int, pause: Backoff) {
    self.maxFailures = maxFailures
    self.pause = pause
  }

  /// The permission to make a call; nil while calls are refused.
  mutating func permit(at now: ContinuousClock.Instant) -> Permit? {
    switch state {
    case .closed:
      return Permit(generation: generation)
    case .open(let until) where until <= now:
      move(to: .probing)
      return Permit(generation: generation)
    case .open, .probing:
      return nil
    }
  }

  /// How long calls are refused; one second while a probe runs, whose end is unknown.
  func pauseLeft(at now: ContinuousClock.Instant) -> Duration {
    switch state {
    case .closed: .zero
    case .open(let until): max(.zero, until - now)
    case .probing: .seconds(1)
    }
  }

  /// The service has answered, with success or an error.
  ///
  /// - Returns: whether this ends a pause.
  mutating func answered(_ permit: Permit) -> Bool {
    guard permit.generation == generation else { return false }
    switch state {
    case .closed:
      state = .closed(failures: 0)
      return false
    case .open, .probing:
      openings = 0
      move(to: .closed(failures: 0))
      return true
    }
  }

  /// The service has not answered.
  ///
  /// - Parameter random: from 0 to 1.
  /// - Returns: the pause that begins now; nil when none begins.
  mutating func failed(
    _ permit: Permit, at now: ContinuousClock.Instant, random: Double
  ) -> Duration? {
    guard permit.generation == generation else { return nil }
    if case .closed(let failures) = state, failures + 1 < maxFailures {
      state = .closed(failures: failures + 1)
      return nil
    }
    openings += 1
    let delay = pause.delay(afterFailures: openings, random: random)
    move(to: .open(until: now + delay))
    return delay
  }

  /// The caller gave the call up, so that its result is unknown: another call may be the probe.
  mutating func givenUp(_ permit: Permit, at now: ContinuousClock.Instant) {
    guard permit.generation == generation, case .probing = state else { return }
    move(to: .open(until: now))
  }

  private mutating func move(to state: State) {
    self.state = state
    generation += 1
  }
}

import RPC

/// Leaves a service alone that does not answer: after so many failures in a row, calls are refused
/// for a while; then one is let through as a probe, and its end decides.
///
/// Pure. What a call ended with counts only in the state that the call began in.
struct CircuitBreaker: Sendable {
  /// That a call may be made.
  struct Permit: Sendable, Equatable {
    fileprivate let generation: Int
  }

  private enum State {
    case closed(failures: Int)
    case open(until: ContinuousClock.Instant)
    /// One call is under way.
    case probing
  }

  private let maxFailures: Int
  private let pause: Backoff
  private var state = State.closed(failures: 0)
  private var generation = 0
  /// How often in a row it was opened.
  private var openings = 0

  init(maxFailures: Int, pause: Backoff) {
    self.maxFailures = maxFailures
    self.pause = pause
  }

  /// Nil: the call is not to be made now.
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

  /// How long no call is to be made, as far as that is known.
  func pauseLeft(at now: ContinuousClock.Instant) -> Duration {
    switch state {
    case .closed: .zero
    case .open(let until): max(.zero, until - now)
    case .probing: .seconds(1)
    }
  }

  /// The service has answered, whatever it said.
  ///
  /// - Returns: whether it is called again from now on.
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

  /// It has not.
  ///
  /// - Parameter random: from 0 to 1.
  /// - Returns: for how long it is not called from now on, if that is news.
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

  /// The call was given up by its caller, so that nobody knows: another one may be the probe.
  mutating func givenUp(_ permit: Permit, at now: ContinuousClock.Instant) {
    guard permit.generation == generation, case .probing = state else { return }
    move(to: .open(until: now))
  }

  private mutating func move(to state: State) {
    self.state = state
    generation += 1
  }
}

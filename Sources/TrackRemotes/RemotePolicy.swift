import RPC

/// How hard a remote service is tried.
struct RemotePolicy: Sendable {
  /// How often a call is made at most, the first time included.
  var maxAttempts = 4
  /// Between attempts, unless the service says what it wants.
  var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(2), multiplier: 2)
  /// The budget of retries.
  var throttle = RetryThrottle()
  /// Failures in a row after which the service is left alone.
  var maxFailures = 8
  /// For how long: each time a probe fails, twice as long, up to the maximum. Shorter than what a
  /// durable operation waits between its attempts, so that those are not lost on it.
  var pause = Backoff(initial: .seconds(1), maximum: .seconds(15), multiplier: 2)
}

/// How long a call of a remote service may take.
struct RemoteTimeouts: Sendable {
  /// One attempt.
  var attempt: Duration
  /// All of them together, with the pauses between.
  var overall: Duration
}

/// The time, and chance, as a caller of remote services has them; for tests.
struct RemoteClock: Sendable {
  var now: @Sendable () -> ContinuousClock.Instant
  /// Returns after so much time, or when the task is cancelled.
  var sleep: @Sendable (Duration) async -> Void
  /// From 0 to 1.
  var random: @Sendable () -> Double

  static let system = RemoteClock(
    now: { .now }, sleep: { try? await Task.sleep(for: $0) },
    random: { Double.random(in: 0...1) })
}

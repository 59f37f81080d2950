import RPC

/// How persistently trackd calls a remote service.
struct RemotePolicy: Sendable {
  /// The most attempts of a call, the first one included.
  var maxAttempts = 4
  /// The pauses between attempts, unless the service asks for another one.
  var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(2), multiplier: 2)
  /// The budget of retries.
  var throttle = RetryThrottle()
  /// Calls stop after this many failures in a row.
  var maxFailures = 8
  /// How long calls stop; doubles with each failed probe, up to the maximum. Shorter than the
  /// pauses between attempts of a durable operation, so that those attempts are not wasted.
  var pause = Backoff(initial: .seconds(1), maximum: .seconds(15), multiplier: 2)
}

/// How long a call of a remote service may take.
struct RemoteTimeouts: Sendable {
  /// One attempt.
  var attempt: Duration
  /// All attempts together, with the pauses between them.
  var overall: Duration
}

/// Time and random numbers, replaceable in tests.
struct RemoteClock: Sendable {
  var now: @Sendable () -> ContinuousClock.Instant
  /// Returns after this time, or when the task is cancelled.
  var sleep: @Sendable (Duration) async -> Void
  /// From 0 to 1.
  var random: @Sendable () -> Double

  static let system = RemoteClock(
    now: { .now }, sleep: { try? await Task.sleep(for: $0) },
    random: { Double.random(in: 0...1) })
}

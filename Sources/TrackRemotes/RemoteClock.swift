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

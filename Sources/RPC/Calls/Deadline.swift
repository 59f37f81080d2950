/// When a call has to have ended, by the monotonic clock.
///
/// An instant of the clock has a layout that only the runtime knows, and whatever holds one is
/// copied and destroyed through it: some hundred instructions for each copy of a call's options.
struct Deadline: Sendable, Comparable {
  private static let origin = ContinuousClock.now

  private let sinceOrigin: Duration

  init(_ instant: ContinuousClock.Instant) { sinceOrigin = Self.origin.duration(to: instant) }

  var instant: ContinuousClock.Instant { Self.origin.advanced(by: sinceOrigin) }

  /// How much time a call has left; nothing or less when it has passed.
  func timeLeft(at now: ContinuousClock.Instant) -> Duration { now.duration(to: instant) }

  static func < (left: Deadline, right: Deadline) -> Bool {
    left.sinceOrigin < right.sinceOrigin
  }
}

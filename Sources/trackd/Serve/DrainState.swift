/// Whether a drain has begun.
///
/// `@unchecked Sendable`: touched by the signal handler only, which runs on one event loop.
final class DrainState: @unchecked Sendable {
  private var hasBegun = false

  /// False when a drain had begun before.
  func begin() -> Bool {
    defer { hasBegun = true }
    return !hasBegun
  }
}

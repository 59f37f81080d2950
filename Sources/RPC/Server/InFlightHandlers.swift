import Synchronization

/// Counts running handlers, bounds them, and tells when the last has ended. Any thread.
///
/// One word, so that the loops need no lock between them: the count, and a bit that says that the
/// server waits for it to become zero.
final class InFlightHandlers: Sendable {
  private static let draining = 1 << 62

  private let state = Atomic<Int>(0)
  private let idle: AsyncStream<Void>
  private let idleContinuation: AsyncStream<Void>.Continuation

  init() { (idle, idleContinuation) = AsyncStream.makeStream() }

  var count: Int { state.load(ordering: .relaxed) & ~Self.draining }

  /// Takes a slot, unless `limit` are taken.
  func enter(limit: Int) -> Bool {
    let count = state.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue & ~Self.draining
    if count <= limit { return true }
    leave()
    return false
  }

  func leave() {
    let state = state.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
    if state == Self.draining { idleContinuation.finish() }
  }

  /// Returns when no handler runs any more; call it once nothing new can start.
  func waitUntilIdle() async {
    let before = state.bitwiseOr(Self.draining, ordering: .acquiringAndReleasing).oldValue
    if before == 0 { return }
    // A cancelled task would not wait here, but handlers must have ended before the server has.
    await Task { [idle] in for await _ in idle {} }.value
  }
}

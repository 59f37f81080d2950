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

  /// Takes a slot, unless there is none for this connection. On the connection's executor.
  ///
  /// - Parameters:
  ///   - account: nil has no share: it gets a slot as long as there is one.
  ///   - isEssential: the call may take of the reserve.
  func enter(_ quota: ShareQuota, _ account: CallAccount?, isEssential: Bool) -> Bool {
    let used = (state.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue) & ~Self.draining
    let own = account?.handlers ?? used
    account?.handlerStarted()
    // Nearly always there is enough for all, and shares do not matter.
    if used < (quota.total - quota.reserve) / 2 { return true }
    let isPrivileged = isEssential || account?.isPrivileged ?? false
    let share = account?.share(of: quota) ?? quota.total
    if quota.allows(used: used, own: own, share: share, isPrivileged: isPrivileged) { return true }
    leave(account)
    return false
  }

  /// On the connection's executor.
  func leave(_ account: CallAccount?) {
    account?.handlerEnded()
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

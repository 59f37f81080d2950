import EventLoop

/// Lets one in at a time, in the order of arrival.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only.
final class SerialGate: @unchecked Sendable {
  private let lock = Lock()
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Whether somebody is inside, or waits.
  var isBusy: Bool { lock.withLock { isTaken } }

  /// Runs `body` when all who came before have left. Cancelling does not shorten the wait.
  func withTurn<T, E: Error>(_ body: () async throws(E) -> T) async throws(E) -> T {
    await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async {
    await withCheckedContinuation { continuation in
      let isMine = lock.withLock {
        if isTaken {
          waiting.append(continuation)
          return false
        }
        isTaken = true
        return true
      }
      if isMine { continuation.resume() }
    }
  }

  private func leave() {
    let next = lock.withLock { () -> CheckedContinuation<Void, Never>? in
      if waiting.isEmpty {
        isTaken = false
        return nil
      }
      return waiting.removeFirst()
    }
    next?.resume()
  }
}

import EventLoop
import TrackDomain

/// Lets one task in at a time, in the order of arrival.
///
/// `@unchecked Sendable`: every `var` is touched under the lock only.
final class SerialGate: @unchecked Sendable {
  private struct Waiter {
    let number: UInt64
    /// Resumed with true when the turn has come, with false when the task was cancelled.
    let continuation: CheckedContinuation<Bool, Never>
  }

  private let lock = Lock()
  private var isTaken = false
  /// By number, ascending.
  private var waiting: [Waiter] = []
  private var lastNumber: UInt64 = 0

  /// Whether a task is inside.
  var isBusy: Bool { lock.withLock { isTaken } }
  /// The number of waiting tasks.
  var waitingCount: Int { lock.withLock { waiting.count } }

  /// Runs `body` after all earlier callers have left. A task that is cancelled while it waits
  /// leaves at once and delays no other.
  ///
  /// - Throws: the errors of `body`; `.cancelled` when the wait was cancelled and `body` did not
  ///   run.
  func withTurn<T>(
    _ body: () async throws(IntegrationError) -> T
  ) async throws(IntegrationError) -> T {
    guard await enter() else { throw .cancelled }
    defer { leave() }
    return try await body()
  }

  /// The same for work that must be done in any case: cancelling does not shorten the wait.
  func withCertainTurn<T, E: Error>(_ body: () async throws(E) -> T) async throws(E) -> T {
    _ = await wait(nextNumber(), isCancellable: false)
    defer { leave() }
    return try await body()
  }

  /// Runs `body` if no task is inside, else returns nil.
  func withTurnIfFree<T, E: Error>(_ body: () async throws(E) -> T) async throws(E) -> T? {
    let hasEntered = lock.withLock {
      defer { isTaken = true }
      return !isTaken
    }
    guard hasEntered else { return nil }
    defer { leave() }
    return try await body()
  }

  private func enter() async -> Bool {
    let number = nextNumber()
    return await withTaskCancellationHandler {
      await wait(number, isCancellable: true)
    } onCancel: {
      abandon(number)
    }
  }

  private func nextNumber() -> UInt64 {
    lock.withLock {
      lastNumber += 1
      return lastNumber
    }
  }

  private func wait(_ number: UInt64, isCancellable: Bool) async -> Bool {
    await withCheckedContinuation { continuation in
      let isMine: Bool? = lock.withLock {
        // A task may be cancelled before its handler is set: either this check sees it, or the
        // handler finds the waiter.
        if isCancellable, Task.isCancelled { return false }
        if isTaken {
          let place = waiting.lastIndex { $0.number < number }.map { $0 + 1 } ?? 0
          waiting.insert(Waiter(number: number, continuation: continuation), at: place)
          return nil
        }
        isTaken = true
        return true
      }
      if let isMine { continuation.resume(returning: isMine) }
    }
  }

  private func abandon(_ number: UInt64) {
    let waiter = lock.withLock { () -> Waiter? in
      guard let place = waiting.firstIndex(where: { $0.number == number }) else { return nil }
      return waiting.remove(at: place)
    }
    waiter?.continuation.resume(returning: false)
  }

  private func leave() {
    let next = lock.withLock { () -> Waiter? in
      if waiting.isEmpty {
        isTaken = false
        return nil
      }
      return waiting.removeFirst()
    }
    next?.continuation.resume(returning: true)
  }
}

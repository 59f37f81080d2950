import EventLoop

/// Runs `body` with a loop that is shut down afterwards.
func withLoop<T: Sendable>(_ body: (EventLoop) async throws -> T) async throws -> T {
  let loop = try EventLoop(name: "test")
  do {
    let result = try await body(loop)
    await loop.shutdown()
    return result
  } catch {
    await loop.shutdown()
    throw error
  }
}

extension EventLoop {
  /// Runs `body` on the loop and returns its result.
  func call<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      execute { continuation.resume(with: Result(catching: body)) }
    }
  }
}

/// Whether `isSo` becomes true within ten seconds or, on a busy machine, a little more.
func eventually(_ isSo: () async throws -> Bool) async rethrows -> Bool {
  let deadline = MonotonicTime.now() + .seconds(10)
  while try await !isSo() {
    if MonotonicTime.now() > deadline { return try await isSo() }
    try? await Task.sleep(for: .milliseconds(1))
  }
  return true
}

/// A value under a lock, set by closures on several threads.
final class Box<Value: Sendable>: @unchecked Sendable {
  private let lock = Lock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func update<R: Sendable>(_ body: (inout Value) -> R) -> R {
    lock.withLock { body(&value) }
  }

  var current: Value { update { $0 } }
}

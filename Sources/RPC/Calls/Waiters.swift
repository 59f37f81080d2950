/// Tasks that wait for one thing to change; each looks again when it is resumed. Confined.
struct Waiters {
  private var continuations: [CheckedContinuation<Void, Never>] = []

  mutating func append(_ continuation: CheckedContinuation<Void, Never>) {
    continuations.append(continuation)
  }

  mutating func resumeAll() {
    guard !continuations.isEmpty else { return }
    let resumed = continuations
    continuations = []
    for continuation in resumed { continuation.resume() }
  }
}

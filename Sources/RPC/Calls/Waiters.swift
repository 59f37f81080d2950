/// Tasks that wait for one thing to change; each looks again when it is resumed. Confined.
///
/// The continuations are unchecked, for a wait takes no memory and no lock then. Each is resumed
/// once: it leaves the list in that moment, and its owner empties the list before it goes.
@safe
struct Waiters {
  /// There is hardly ever more than one.
  private var first: UnsafeContinuation<Void, Never>?
  private var others: [UnsafeContinuation<Void, Never>] = unsafe []

  mutating func append(_ continuation: UnsafeContinuation<Void, Never>) {
    if unsafe first == nil {
      unsafe first = continuation
    } else {
      unsafe others.append(continuation)
    }
  }

  mutating func resumeAll() {
    guard let resumed = unsafe first else { return }
    let rest = unsafe others
    unsafe first = nil
    if unsafe !rest.isEmpty { unsafe others = [] }
    unsafe resumed.resume()
    unsafe rest.forEach { unsafe $0.resume() }
  }
}

/// A mutual exclusion lock over a pthread mutex, which the thread sanitizer understands.
public final class Lock: Sendable {
  private let monitor = Monitor()

  public init() {}

  /// Runs `body` while no other thread is inside. Not recursive.
  @inline(__always)
  public func withLock<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    monitor.lock()
    defer { monitor.unlock() }
    return try body()
  }
}

import CLinux

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

/// A pthread mutex with a condition.
///
/// `@unchecked Sendable`: the pointer never changes and pthread objects are made for many threads.
@safe final class Monitor: @unchecked Sendable {
  private let monitor: UnsafeMutablePointer<cl_monitor>

  init() {
    unsafe monitor = .allocate(capacity: 1)
    unsafe cl_monitor_init(monitor)
  }

  deinit {
    unsafe cl_monitor_destroy(monitor)
    unsafe monitor.deallocate()
  }

  @inline(__always) func lock() { unsafe cl_monitor_lock(monitor) }
  @inline(__always) func unlock() { unsafe cl_monitor_unlock(monitor) }
  /// Releases the lock until `signal`; may wake up without one, so callers check in a loop.
  func wait() { unsafe cl_monitor_wait(monitor) }
  func signal() { unsafe cl_monitor_signal(monitor) }
}

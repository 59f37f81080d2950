import CLinux

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
  /// Gives the lock up until `signal`, or for no reason at all: callers loop.
  func wait() { unsafe cl_monitor_wait(monitor) }
  func signal() { unsafe cl_monitor_signal(monitor) }
}

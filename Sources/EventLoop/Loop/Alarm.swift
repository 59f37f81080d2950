import CLinux

/// Owns a timer descriptor that wakes its loop at a point in time.
///
/// It stands in for the timeout of epoll_wait, for which the kernel sets up and takes down a timer
/// in every turn: this one is set anew only when an earlier deadline comes, or after it went off.
struct Alarm: ~Copyable {
  let descriptor: Int32
  /// The time for which it is set; nil once it has gone off.
  private var time: MonotonicTime?

  init() throws(SystemError) {
    descriptor = try SystemCall.descriptor("timerfd_create") { cl_timerfd() }
    time = nil
  }

  deinit { _ = cl_close(descriptor) }

  /// Makes it go off at `deadline` or before: the loop checks itself which timers are due.
  mutating func set(for deadline: MonotonicTime) {
    if let time, time <= deadline { return }
    time = deadline
    // Never fails for a valid time. A time that has passed makes it go off at once.
    _ = cl_timerfd_set(descriptor, max(1, deadline.nanoseconds))
  }

  mutating func wentOff() {
    time = nil
  }
}

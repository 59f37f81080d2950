import EventLoop
import Glibc

/// Waiting for one socket, on a thread that may block.
enum SocketWait {
  static let readable = Int16(POLLIN)
  static let writable = Int16(POLLOUT)

  /// - Returns: what the socket is ready for, or why it is of no use any more (POLLERR, POLLHUP);
  ///   nil: the time is over.
  static func wait(_ socket: Int32, for events: Int16, until deadline: MonotonicTime?) -> Int16? {
    var entry = pollfd(fd: socket, events: events, revents: 0)
    while true {
      let count = unsafe poll(&entry, 1, milliseconds(until: deadline))
      if count > 0 { return entry.revents }
      if count < 0 && errno != EINTR { return Int16(POLLERR) }
      if let deadline, MonotonicTime.now() >= deadline { return nil }
    }
  }

  /// Rounded up; -1: no end.
  private static func milliseconds(until deadline: MonotonicTime?) -> Int32 {
    guard let deadline else { return -1 }
    let rest = deadline.nanoseconds - MonotonicTime.now().nanoseconds
    return Int32(clamping: max(0, (rest + 999_999) / 1_000_000))
  }
}

import CLinux

/// Work for a loop from other threads.
///
/// `@unchecked Sendable`: the arrays are touched under the lock only.
final class Inbox: @unchecked Sendable {
  private let lock = Lock()
  private let signal: Int32
  private var jobs: [UnownedJob] = []
  private var closures: [@Sendable () -> Void] = []

  init() throws(SystemError) {
    signal = try SystemCall.descriptor("eventfd") { cl_eventfd() }
  }

  deinit { _ = cl_close(signal) }

  /// Becomes readable, edge-triggered, when the inbox stops being empty.
  var descriptor: Int32 { signal }

  func add(_ job: UnownedJob) {
    let wasEmpty = lock.withLock {
      jobs.append(job)
      return jobs.count == 1 && closures.isEmpty
    }
    if wasEmpty { wake() }
  }

  func add(_ closure: @escaping @Sendable () -> Void) {
    let wasEmpty = lock.withLock {
      closures.append(closure)
      return closures.count == 1 && jobs.isEmpty
    }
    if wasEmpty { wake() }
  }

  /// Moves everything to the ends of the loop's own queues.
  func take(
    jobs ownJobs: inout [UnownedJob], closures ownClosures: inout [@Sendable () -> Void]
  ) {
    lock.withLock {
      ownJobs.append(contentsOf: jobs)
      ownClosures.append(contentsOf: closures)
      jobs.removeAll(keepingCapacity: jobs.capacity <= 4096)
      closures.removeAll(keepingCapacity: closures.capacity <= 4096)
    }
  }

  private func wake() { _ = cl_eventfd_signal(signal) }
}

import CLinux

/// Kills a child process from any thread, and tells its `ChildProcess` that it did.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only.
public final class ChildStopper: @unchecked Sendable {
  private let lock = Lock()
  /// Set from the start until right before the process is waited for: until then no other process
  /// can get its number.
  private var pid: Int32?
  private var stopped = false

  public init() {}

  /// Whether `stop` was called.
  public var isStopped: Bool { lock.withLock { stopped } }

  /// Kills the process and its group, at once or as soon as it starts.
  public func stop() {
    lock.withLock {
      stopped = true
      if let pid { _ = cl_child_kill(pid) }
    }
  }

  func started(_ pid: Int32) {
    lock.withLock {
      self.pid = pid
      if stopped { _ = cl_child_kill(pid) }
    }
  }

  /// Kills the rest of the group. Later calls of `stop` kill nothing.
  func finish() {
    lock.withLock {
      if let pid { _ = cl_child_kill(pid) }
      pid = nil
    }
  }
}

import CLinux

/// A thread of the operating system, for work that blocks.
public final class SystemThread: Sendable {
  private let thread: cl_thread

  /// Starts a thread that runs `body` once.
  ///
  /// - Parameter name: shown by `ps` and debuggers; cut to 15 bytes.
  public init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    let argument = unsafe Unmanaged.passRetained(ThreadBody(body)).toOpaque()
    var thread = cl_thread()
    let result = unsafe cl_thread_start(&thread, name, runThreadBody, argument)
    if result < 0 {
      unsafe Unmanaged<ThreadBody>.fromOpaque(argument).release()
      throw SystemError(call: "pthread_create", errno: Int32(-result))
    }
    self.thread = thread
  }

  /// Waits until the thread has ended. To be called exactly once, by another thread.
  public func join() {
    _ = cl_thread_join(thread)
  }

  /// Lets the calling thread, which must be one that may block, rest for about this long.
  public static func sleep(microseconds: UInt32) {
    cl_sleep_us(microseconds)
  }

  /// Lets the calling thread rest until the process ends.
  public static func sleepForever() -> Never {
    while true { cl_sleep_us(.max) }
  }
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private nonisolated func runThreadBody(_ argument: UnsafeMutableRawPointer?) {
  guard let argument = unsafe argument else { return }
  unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
}

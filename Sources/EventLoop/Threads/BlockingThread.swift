import CLinux

/// One thread that may block: a serial executor for databases, name lookups and log writing.
///
/// Work runs one piece after the other in the order of its arrival. An actor whose
/// `unownedExecutor` is this thread runs here.
///
/// `@unchecked Sendable`: `thread` is written before the initializer returns, the rest is constant.
public final class BlockingThread: SerialExecutor, @unchecked Sendable {
  private enum Work: Sendable {
    case job(UnownedJob)
    case closure(@Sendable () -> Void)
  }

  private let queue = WorkQueue<Work>()
  private var thread: SystemThread?

  /// Starts the thread.
  public init(name: String) throws(SystemError) {
    thread = try SystemThread(name: name) { [self] in runThread() }
  }

  /// Whether the calling thread is this one.
  public var isCurrent: Bool {
    unsafe cl_thread_owner() == Unmanaged.passUnretained(self).toOpaque()
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    queue.push(.job(UnownedJob(job)))
  }

  /// Runs `body` on the thread, without waiting for it. False after `shutdown`: it will not run.
  @discardableResult
  public func execute(_ body: @escaping @Sendable () -> Void) -> Bool {
    queue.push(.closure(body))
  }

  /// Runs `body` on the thread; the caller goes on where it was. Cancelling does not interrupt it.
  ///
  /// - Throws: what `body` throws; `CancellationError` if the thread was shut down before.
  public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      let accepted = execute { continuation.resume(with: Result(catching: body)) }
      if !accepted { continuation.resume(throwing: CancellationError()) }
    }
  }

  /// Runs all queued work, then ends the thread and waits for its end. Called once, on another
  /// thread.
  public func shutdown() async {
    precondition(!isCurrent, "a thread cannot wait for its own end")
    await withCheckedContinuation { continuation in
      if !execute({ continuation.resume() }) { continuation.resume() }
      queue.close()
    }
    thread?.join()
  }

  public func checkIsolated() {
    precondition(isCurrent, "not on the blocking thread")
  }

  public func isIsolatingCurrentContext() -> Bool? { isCurrent }

  private func runThread() {
    unsafe cl_set_thread_owner(Unmanaged.passUnretained(self).toOpaque())
    while true {
      let batch = queue.waitForWork()
      if batch.isEmpty { return }
      for work in batch { perform(work) }
    }
  }

  private func perform(_ work: Work) {
    switch work {
    case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
    case .closure(let body): body()
    }
  }
}

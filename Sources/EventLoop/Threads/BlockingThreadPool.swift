/// Threads that may block, started as they are needed: for work that waits outside of this process,
/// such as starting child processes.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only.
public final class BlockingThreadPool: @unchecked Sendable {
  private typealias Work = @Sendable () -> Void

  private let name: String
  private let maximum: Int
  private let lock = Lock()
  private var threads: [BlockingThread] = []
  private var idle: [BlockingThread] = []
  private var waiting: [Work] = []
  private var isClosed = false

  /// - Parameter maximum: the most threads; further work waits its turn.
  public init(name: String, maximum: Int) {
    precondition(maximum > 0)
    self.name = name
    self.maximum = maximum
  }

  /// Runs `body` on one of the threads; the caller goes on where it was. Cancelling does not
  /// interrupt it.
  ///
  /// - Throws: what `body` throws; `SystemError` when there is no thread and none can be started;
  ///   `CancellationError` after `shutdown`.
  public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      do {
        try execute { continuation.resume(with: Result(catching: body)) }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  /// Lets all accepted work run, then ends the threads. Called once, from outside of them.
  public func shutdown() async {
    let threads = lock.withLock {
      isClosed = true
      return self.threads
    }
    for thread in threads { await thread.shutdown() }
  }

  private func execute(_ work: @escaping Work) throws {
    try lock.withLock {
      if isClosed { throw CancellationError() }
      if let thread = try idle.popLast() ?? startThread() {
        // Under the lock, so that `shutdown` cannot end the thread before it has the work.
        thread.execute { [self] in perform(work, on: thread) }
      } else {
        waiting.append(work)
      }
    }
  }

  /// Nil when all allowed threads run, or when the system has no more threads but one of ours runs.
  private func startThread() throws -> BlockingThread? {
    guard threads.count < maximum else { return nil }
    do {
      let thread = try BlockingThread(name: name)
      threads.append(thread)
      return thread
    } catch  where !threads.isEmpty {
      return nil
    }
  }

  private func perform(_ work: Work, on thread: BlockingThread) {
    work()
    while let next = nextWork(of: thread) { next() }
  }

  /// The thread's next work; nil when none waits, and the thread is idle then.
  private func nextWork(of thread: BlockingThread) -> Work? {
    lock.withLock {
      if !waiting.isEmpty { return waiting.removeFirst() }
      if !isClosed { idle.append(thread) }
      return nil
    }
  }
}

/// The executor that owns a transport's streams: an event loop.
///
/// Everything about a stream, the call on it included, is confined to this executor's one thread.
/// This makes the call objects of the module safe without a lock.
public protocol CallExecutor: TaskExecutor {
  /// Its place among the executors of its group, from 0: a slot number for state kept per executor.
  var index: Int { get }
  /// Whether the caller runs on the executor's thread.
  var isCurrent: Bool { get }
  /// The monotonic clock that deadlines and durations are taken from; on the executor's thread.
  var currentInstant: ContinuousClock.Instant { get }
  /// Runs `body` later on the executor's thread; any thread.
  func execute(_ body: @escaping @Sendable () -> Void)
  /// The same, but not before the bytes sent until now have been given to the network, as far as it
  /// takes them.
  func executeAfterFlush(_ body: @escaping @Sendable () -> Void)
  /// Runs `body` there once `delay` has passed; on the executor's thread.
  func execute(after delay: Duration, _ body: @escaping @Sendable () -> Void)
}

extension CallExecutor {
  public var index: Int { 0 }

  public func executeAfterFlush(_ body: @escaping @Sendable () -> Void) { execute(body) }
}

extension CallExecutor {
  /// Runs `body` on the executor's thread: at once when already there (the rule), else by a hop.
  ///
  /// `@concurrent`, because a caller isolated to an actor resumes wherever that actor runs.
  @usableFromInline
  @concurrent
  func run<R: Sendable>(_ body: @Sendable () async throws -> R) async rethrows -> R {
    if isCurrent { return try await body() }
    return try await withTaskExecutorPreference(self) { try await enter(body) }
  }

  /// The preference alone does not move the task; entering a concurrent function does. The check
  /// also keeps the compiler from leaving that move out: it takes it that an asynchronous callee
  /// moves by itself, which `body` does not, since it runs where its caller runs.
  @concurrent
  private func enter<R: Sendable>(_ body: @Sendable () async throws -> R) async rethrows -> R {
    precondition(isCurrent)
    return try await body()
  }
}

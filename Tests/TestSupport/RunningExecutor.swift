import EventLoop
public import TrackController
public import TrackDomain

/// An executor that runs until it is stopped, or dies at a boundary of its steps.
///
/// `@unchecked Sendable`: the events are touched under `lock` only; the task is set once.
public final class RunningExecutor: @unchecked Sendable {
  public let signals: OperationSignals
  private let executor: OperationExecutor
  private let heard: Heard
  private let life = Life()
  private let task: Task<Void, Never>

  /// - Parameter death: the step boundary at which the process dies, whichever deployment reaches
  ///   it.
  public init(
    store: any TrackStore, world: FakeWorld, signals: OperationSignals = OperationSignals(),
    options: ExecutorOptions = ExecutorOptions(), now: @escaping @Sendable () -> Timestamp,
    death: StepBoundary? = nil
  ) {
    self.signals = signals
    let heard = Heard()
    self.heard = heard
    let life = life
    let executor = OperationExecutor(
      store: MortalStore(store: store, life: life), integrations: world.integrations(life: life),
      signals: signals, options: options, now: now,
      observer: { boundary, id in
        if life.isOver { return }
        if boundary == death { life.end() }
        heard.change {
          $0.boundaries.append(boundary)
          $0.isOver = $0.isOver || boundary == death
        }
      }, report: { event in heard.change { $0.events.append(event) } })
    self.executor = executor
    task = Task {
      let running = Task { await executor.run() }
      await heard.wait { $0.isOver }
      if life.isOver { running.cancel() }
      await running.value
    }
  }

  public var events: [ExecutorEvent] { heard.log.events }
  public var boundaries: [StepBoundary] { heard.log.boundaries }

  /// Returns when some event fulfils `condition`; earlier events count, too.
  public func heard(_ condition: @Sendable (ExecutorEvent) -> Bool) async {
    await heard.wait { $0.events.contains(where: condition) }
  }

  /// Ends the process at once.
  public func kill() async {
    life.end()
    heard.change { $0.isOver = true }
    await task.value
  }

  /// Returns when the process has died.
  public func died() async { await task.value }

  /// Stops as a server does when it is asked to: the batches under way end.
  public func drain() async {
    await executor.drain()
    heard.change { $0.isOver = true }
    await task.value
  }
}

/// The events of an executor.
///
/// `@unchecked Sendable`: all state is touched under `lock` only.
private final class Heard: @unchecked Sendable {
  struct Log {
    var events: [ExecutorEvent] = []
    var boundaries: [StepBoundary] = []
    var isOver = false
  }

  private let lock = Lock()
  private var current = Log()
  private var waiting: [AsyncStream<Void>.Continuation] = []

  var log: Log { lock.withLock { current } }

  func change(_ body: (inout Log) -> Void) {
    let continuations = lock.withLock {
      body(&current)
      defer { waiting = [] }
      return waiting
    }
    for continuation in continuations { continuation.finish() }
  }

  func wait(until condition: (Log) -> Bool) async {
    while true {
      let (changes, continuation) = AsyncStream<Void>.makeStream()
      let holds = lock.withLock {
        waiting.append(continuation)
        return condition(current)
      }
      if holds || Task.isCancelled { return }
      for await _ in changes {}
    }
  }
}

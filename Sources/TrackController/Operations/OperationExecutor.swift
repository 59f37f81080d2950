public import TrackDomain

/// Does the durable operations of a store: leases what is due, works on it in batches, and records
/// what became of it.
///
/// One for a store and process. Whatever ends the process, the next one goes on where this stopped.
public struct OperationExecutor: Sendable {
  let context: ExecutorContext
  private let lanes = Lanes<OperationJob>()

  /// - Parameters:
  ///   - signals: those that the use cases have.
  ///   - now: the wall clock.
  ///   - report: called with what is worth a log line; any thread; does not block.
  public init(
    store: any TrackStore, integrations: Integrations, signals: OperationSignals,
    options: ExecutorOptions = ExecutorOptions(), now: @escaping @Sendable () -> Timestamp,
    observer: StepObserver? = nil, report: @escaping @Sendable (ExecutorEvent) -> Void = { _ in }
  ) {
    context = ExecutorContext(
      store: store, integrations: integrations, signals: signals, options: options, now: now,
      observer: observer, report: report)
  }

  /// Works until `drain`, or until the task is cancelled, which leaves every operation in a state
  /// that the next process goes on from.
  public func run() async {
    let signals = context.signals
    context.store.observeCommits { _ in signals.wake() }
    guard await voidLeases() else { return }
    await withDiscardingTaskGroup { (group) async in
      await withDiscardingTaskGroup { (timers) async in
        await lead(&group, &timers)
        timers.cancelAll()
      }
    }
  }

  /// Takes no new work; `run` returns when the batches under way have ended.
  public func drain() async {
    await lanes.drain()
    await context.signals.close()
  }

  /// The leases of the process before are void. False when the store is of no use.
  private func voidLeases() async -> Bool {
    do {
      try await context.persist { (transaction) in try transaction.voidLeases() }
      return true
    } catch {
      return false
    }
  }

  // MARK: Leading

  /// Leases what is due and gives it to the lanes, as long as there is work to be expected.
  private func lead(
    _ group: inout DiscardingTaskGroup, _ timers: inout DiscardingTaskGroup
  ) async {
    var wakes = context.signals.wakes.makeAsyncIterator()
    var alarm: Timestamp?
    while await !lanes.isDraining {
      let step = await step()
      for lane in await lanes.start() {
        group.addTask { await run(lane) }
      }
      if case .idle(let due) = step {
        if let due { setAlarm(due, &alarm, &timers) }
        if await wakes.next() == nil || context.store.state == .closed { return }
      }
    }
  }

  private enum Step {
    case more
    /// Until somebody wakes, or until then.
    case idle(Timestamp?)
  }

  private func step() async -> Step {
    do {
      if await lanes.count(without: Self.reports) >= ExecutorOptions.maximumWaiting {
        return .idle(nil)
      }
      let taken = try await OperationLease(context: context).take()
      for (lane, jobs) in Dictionary(grouping: taken.jobs, by: lane(of:)) {
        await lanes.add(jobs, to: lane)
      }
      return taken.jobs.isEmpty ? .idle(taken.nextDue) : .more
    } catch {
      context.failed(error) { .storeUnavailable($0) }
      return .idle(Timestamp(microseconds: context.now().microseconds + 1_000_000))
    }
  }

  /// Wakes at `due`, unless an alarm before that is set.
  private func setAlarm(
    _ due: Timestamp, _ alarm: inout Timestamp?, _ timers: inout DiscardingTaskGroup
  ) {
    let now = context.now()
    if let alarm, alarm > now, alarm <= due { return }
    alarm = due
    let pause = Duration.microseconds(max(1000, due.microseconds - now.microseconds))
    let signals = context.signals
    timers.addTask {
      try? await Task.sleep(for: pause)
      signals.wake()
    }
  }

  // MARK: Lanes

  private static let reports = "report"

  private func lane(of job: OperationJob) -> String {
    switch job {
    case .deployment(let job):
      "deployment " + (job.environment.map { context.integrations.deployer.lane(of: $0) } ?? "")
    case .report: Self.reports
    case .deletion(let operation): "deletion " + operation.id
    }
  }

  private func run(_ lane: String) async {
    while let jobs = await lanes.take(lane, atMost: ExecutorOptions.batchSize) {
      if Task.isCancelled { return }
      await run(jobs)
      // There may be room again, or something became due.
      context.signals.wake()
    }
  }

  private func run(_ jobs: [OperationJob]) async {
    var deployments: [DeploymentJob] = []
    var reports: [ReportJob] = []
    for job in jobs {
      switch job {
      case .deployment(let job): deployments.append(job)
      case .report(let job): reports.append(job)
      case .deletion(let operation): await TrackDeletionRun(context: context).run(operation)
      }
    }
    if !reports.isEmpty { await ReportRun(context: context).run(reports) }
    if !deployments.isEmpty {
      let ended = await DeploymentRun(context: context).run(deployments)
      if !ended.isEmpty { await lanes.add(ended.map { .report($0) }, to: Self.reports) }
    }
  }
}

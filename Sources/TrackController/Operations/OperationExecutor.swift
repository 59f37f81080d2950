public import TrackDomain

/// Works on the durable operations of a store: leases due operations, works on them in batches, and
/// records their outcomes.
///
/// There is one for each store and process. If the process ends, the next one continues its work.
public struct OperationExecutor: Sendable {
  let context: ExecutorContext
  private var lanes: LaneSchedule { context.lanes }
  /// How it is; any thread.
  public var status: ExecutorStatus { context.status }

  /// - Parameters:
  ///   - store: has the operations.
  ///   - integrations: the systems outside of trackd.
  ///   - signals: the same value as the use cases have.
  ///   - options: its limits.
  ///   - now: the wall clock.
  ///   - observer: called at each step; for tests.
  ///   - report: gets events for the log; called on any thread; does not block.
  public init(
    store: any TrackStore, integrations: Integrations, signals: OperationSignals,
    options: ExecutorOptions = ExecutorOptions(), now: @escaping @Sendable () -> Timestamp,
    observer: StepObserver? = nil, report: @escaping @Sendable (ExecutorEvent) -> Void = { _ in }
  ) {
    context = ExecutorContext(
      store: store, integrations: integrations, signals: signals, options: options, now: now,
      observer: observer, report: report)
  }

  /// Works until `drain`, or until the task is cancelled: then every operation is in a state from
  /// which the next process can continue.
  public func run() async {
    defer { context.status.set(.ended) }
    let signals = context.signals
    context.store.observeCommits { signals.wake() }
    guard await endFormerLeases() else { return }
    do {
      try await SharedFolders.report(context)
    } catch {
      context.failed(error) { .storeUnavailable($0) }
    }
    await withDiscardingTaskGroup { (keeper) async in
      if !context.store.isExclusive { keeper.addTask { await context.keepLeases() } }
      keeper.addTask {
        var restores = RestoreWatch(context: context)
        await restores.run()
      }
      await work()
      keeper.cancelAll()
    }
    await context.leaveLanes()
  }

  private func work() async {
    await withDiscardingTaskGroup { (group) async in
      await withDiscardingTaskGroup { (timers) async in
        await lead(&group, &timers)
        timers.cancelAll()
      }
    }
  }

  /// Begins no more batches; `run` returns when the batches under way have ended.
  public func drain() async {
    await lanes.drain()
    await context.signals.close()
  }

  /// Ends the leases of the process before, if this one has the store for itself. False when the
  /// store cannot be used.
  private func endFormerLeases() async -> Bool {
    do {
      if context.store.isExclusive { try await context.endLeases(.all) }
      return true
    } catch {
      return false
    }
  }

  // MARK: Leading

  /// Starts batches in lanes with due operations, until the executor drains or its store is closed.
  private func lead(
    _ group: inout DiscardingTaskGroup, _ timers: inout DiscardingTaskGroup
  ) async {
    var wakes = context.signals.wakes.makeAsyncIterator()
    var alarm: Timestamp?
    while await !lanes.isDraining {
      let (admitted, due) = await look()
      for work in admitted { group.addTask { await run(work) } }
      if let due { setAlarm(due, &alarm, &timers) }
      if await wakes.next() == nil || context.store.state == .closed { return }
    }
  }

  /// The lanes to work on, and when to look again if no signal comes before.
  private func look() async -> (admitted: [LaneWork], nextDue: Timestamp?) {
    let now = context.now()
    do {
      let owed = await context.payDebts()
      let expiry = try await context.endExpiredLeases()
      var work = try await DueWork.find(context)
      for time in [owed, expiry] { if let time { work.note(time) } }
      var admitted: [LaneWork] = []
      for lane in work.lanes {
        // The end of a deletion wakes the executor.
        if lane.lane == DueWork.deletions, await lanes.freeDeletions <= 0 { continue }
        switch await lanes.admit(lane.lane, at: now) {
        case .admitted: admitted.append(lane)
        case .paused(let until): work.note(until)
        // The end of the lane's batch wakes the executor.
        case .busy: break
        }
      }
      context.status.set(.working)
      await rest(after: work.examined)
      return (admitted, work.nextDue)
    } catch {
      context.failed(error) { .storeUnavailable($0) }
      context.status.set(.storeTrouble)
      return ([], now.after(.seconds(1)))
    }
  }

  /// Pauses after a look at many environments, because every commit wakes the executor.
  private func rest(after examined: Int) async {
    guard examined > ExecutorOptions.manyEnvironments else { return }
    try? await Task.sleep(for: .microseconds(min(250_000, examined * 100)))
  }

  /// Wakes the executor at `due`, unless it is woken earlier anyway.
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

  /// Runs one batch of a lane.
  private func run(_ work: LaneWork) async {
    if work.lane == DueWork.deletions { return await runDeletions(work) }
    var end = LaneTable.End.idle
    do {
      let taken = try await OperationClaim(context: context).take(
        work, atMost: await lanes.share)
      if !taken.jobs.isEmpty {
        end = await run(taken.jobs, in: taken.lane)
      } else if taken.hasMoved {
        end = .answered
      }
    } catch {
      context.failed(error) { .storeUnavailable($0) }
      end = .silent(nil, at: context.now())
    }
    await leave(work.lane, end)
  }

  private func leave(_ lane: String, _ end: LaneTable.End) async {
    // Another executor may reach what this one did not.
    if case .silent = end { await context.leaveLane(lane) }
    await lanes.leave(lane, end, at: context.now())
    context.signals.wake()
  }

  /// Deletions do not wait for each other: their lane is free again as soon as they are leased.
  private func runDeletions(_ work: LaneWork) async {
    var jobs: [OperationJob] = []
    var end = LaneTable.End.answered
    do {
      let taken = try await OperationClaim(context: context).take(
        work, atMost: await lanes.freeDeletions)
      jobs = taken.jobs
      if jobs.isEmpty, !taken.hasMoved { end = .idle }
    } catch {
      context.failed(error) { .storeUnavailable($0) }
      end = .silent(nil, at: context.now())
    }
    await lanes.beginDeletions(jobs.count)
    await leave(work.lane, end)
    await withDiscardingTaskGroup { group in
      for job in jobs {
        group.addTask {
          _ = await run([job], in: .unneeded)
          await lanes.endDeletion()
          context.signals.wake()
        }
      }
    }
  }

  /// Works on leased operations. If the store fails, the operations of that run are released.
  private func run(_ jobs: [OperationJob], in lane: LaneTaking) async -> LaneTable.End {
    var deployments: [DeploymentJob] = []
    var reports: [ReportJob] = []
    var end: LaneTable.End?
    for job in jobs {
      switch job {
      case .deployment(let job): deployments.append(job)
      case .report(let job): reports.append(job)
      case .deletion(let operation):
        await keeping([operation]) {
          try await TrackDeletionRun(context: context).run(operation)
        }
      case .cleaning(let operation):
        await keeping([operation]) {
          try await PlaceCleaningRun(context: context).run(operation)
        }
      }
    }
    if !reports.isEmpty {
      end = await keeping(reports.map(\.operation)) {
        try await ReportRun(context: context).run(reports)
      }
    }
    if !deployments.isEmpty {
      end = await keeping(deployments.map(\.operation)) {
        try await DeploymentRun(context: context, lane: lane).run(deployments)
      }
    }
    return end ?? .answered
  }

  /// The result of `body`; nil when it failed. Then the operations are released, unless their lease
  /// is over.
  @discardableResult
  private func keeping<Value: Sendable>(
    _ operations: [Operation], _ body: () async throws -> Value
  ) async -> Value? {
    do {
      return try await body()
    } catch is LeaseLost {
      return nil
    } catch {
      context.failed(error) { .storeFailed(operationIds: operations.map(\.id), error: $0) }
      if !(error is CancellationError) { await context.release(operations, after: .seconds(1)) }
      return nil
    }
  }
}

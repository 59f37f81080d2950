import TrackDomain

/// Looks after a restore that stands: compares, again and again, until nothing differs and nothing is
/// held. Of the servers that share a store, one compares; what it finds is in the store.
struct RestoreWatch {
  let context: ExecutorContext
  private var told = Told()

  /// How often servers that share a store look for a restore.
  private static let look = Duration.seconds(10)
  /// A comparison costs at most this part of the time.
  private static let share = 10
  /// But one begins after this time.
  private static let longestPause = Duration.seconds(600)

  init(context: ExecutorContext) { self.context = context }

  /// Until the task is cancelled, or no restore can be noted any more while this process runs.
  mutating func run() async {
    while !Task.isCancelled, let pause = await turn() {
      guard (try? await Task.sleep(for: pause)) != nil else { return }
    }
  }

  /// - Returns: how long to wait for the next turn; nil: there is none.
  private mutating func turn() async -> Duration? {
    let clock = ContinuousClock()
    let began = clock.now
    do {
      guard let restore = try await context.store.read({ try $0.restore() }), restore.stands else {
        // Who notes a restore in a store that servers share needs not stop them.
        return context.store.isExclusive ? nil : Self.look
      }
      if told.isNews(restore) { context.report(.restoreFound(restore)) }
      guard let report = try await RestoreComparison.run(context) else {
        return min(Self.look, context.options.comparisonPause)
      }
      for event in told.news(of: report) { context.report(event) }
    } catch is RestoreComparison.Abandoned {
      return Self.look
    } catch {
      context.failed(error) { .storeUnavailable($0) }
    }
    let pause = min(Self.longestPause, (clock.now - began) * Self.share)
    return max(context.options.comparisonPause, pause)
  }

  /// What was reported already.
  private struct Told {
    private var restore: UniqueID?
    private var report: RestoreReport?

    mutating func isNews(_ restore: StoreRestore) -> Bool {
      defer { self.restore = restore.id }
      return self.restore != restore.id
    }

    mutating func news(of report: RestoreReport) -> [ExecutorEvent] {
      defer { self.report = report }
      let former = self.report
      var events: [ExecutorEvent] = []
      for drift in report.drifts where former?.drifts.contains(drift) != true {
        events.append(.placeDiffers(drift))
      }
      for fault in report.faults where former?.faults.contains(fault) != true {
        events.append(.notCompared(fault))
      }
      if let end = report.restore.endedAt, former?.restore.endedAt != end {
        events.append(.restoreEnded(report.restore))
      } else if former.map({ Numbers($0) != Numbers(report) }) ?? true {
        events.append(.compared(report))
      }
      return events
    }

    private struct Numbers: Equatable {
      let values: [Int]
      init(_ report: RestoreReport) {
        values = [report.driftCount, report.heldCount, report.faultCount]
      }
    }
  }
}

import TrackDomain

/// Queues with due operations of one lane.
struct LaneWork: Sendable {
  let lane: String
  /// The queues of the lane; the queue with the oldest due operation first.
  var queues: [OperationQueue]
}

/// The work that is due now. Reads the first and the last time of each queue, whatever its length.
struct DueWork: Sendable {
  static let reports = "report"
  static let deletions = "deletion"
  /// The most environments of one read.
  private static let pageSize = 200

  /// One entry for each lane.
  private(set) var lanes: [LaneWork] = []
  /// When the next operation is due; nil for none.
  private(set) var nextDue: Timestamp?
  /// The number of environments that were examined.
  private(set) var examined = 0

  /// Looks at all queues.
  ///
  /// Throws `StoreError` and `CancellationError`.
  static func find(_ context: ExecutorContext) async throws -> DueWork {
    let window = context.window()
    var work = DueWork()
    let own = try await context.store.read { try OwnQueues($0) }
    work.add(own.reports, of: .reports, reports, window)
    work.add(own.deletions, of: .deletions, deletions, window)
    var waiting: [(queue: OperationQueue, lane: String, since: Timestamp)] = []
    var last = ""
    repeat {
      let after = last
      let page = try await context.store.readPage { reader in
        try lanes(
          of: reader.waitingEnvironments(after: after, limit: pageSize), window, context, reader)
      }
      for (environment, lane) in page {
        if let lane {
          waiting.append(
            (.deployments(environmentId: environment.id), lane, environment.times.first))
        } else {
          work.note(environment.times.first)
        }
      }
      work.examined += page.count
      last = page.last?.0.id ?? ""
      if page.count < Self.pageSize { break }
    } while true
    waiting.sort { $0.since < $1.since }
    for (lane, some) in Dictionary(grouping: waiting, by: \.lane) {
      work.lanes.append(LaneWork(lane: lane, queues: some.map(\.queue)))
    }
    try await work.leaveToOthers(context)
    return work
  }

  /// Leaves out the lanes that other executors have. The queue of deletions is everybody's.
  private mutating func leaveToOthers(_ context: ExecutorContext) async throws {
    if lanes.isEmpty { return }
    let others = try await context.lanesOfOthers()
    let isOthers = { (work: LaneWork) in
      work.lane != Self.deletions && others[work.lane] != nil
    }
    for work in lanes where isOthers(work) { note(others[work.lane] ?? .latest) }
    lanes.removeAll(where: isOthers)
  }

  /// Environments with their current lanes; nil when nothing is due there.
  private static func lanes(
    of waiting: [WaitingEnvironment], _ window: DueWindow, _ context: ExecutorContext,
    _ reader: any StoreReader
  ) throws -> [(WaitingEnvironment, lane: String?)] {
    let due = waiting.filter { window.touches($0.times) }
    let environments = try reader.catalogResources(
      at: Set(due.map { CatalogKey(.environment, $0.id) }))
    return waiting.map { waiting in
      guard window.touches(waiting.times) else { return (waiting, nil) }
      let resource = environments[CatalogKey(.environment, waiting.id)]
      return (waiting, context.lane(of: resource.flatMap(Environment.init)))
    }
  }

  /// The queues that belong to no environment.
  private struct OwnQueues: Sendable {
    let reports: QueueTimes?
    let deletions: QueueTimes?

    init(_ reader: any StoreReader) throws {
      reports = try reader.times(of: .reports)
      deletions = try reader.times(of: .deletions)
    }
  }

  private mutating func add(
    _ times: QueueTimes?, of queue: OperationQueue, _ lane: String, _ window: DueWindow
  ) {
    guard let times else { return }
    if window.touches(times) {
      lanes.append(LaneWork(lane: lane, queues: [queue]))
    } else {
      note(times.first)
    }
  }

  /// Notes that an operation becomes due at `time`.
  mutating func note(_ time: Timestamp) {
    nextDue = min(nextDue ?? .latest, time)
  }
}

extension DueWindow {
  /// Whether an operation of a queue with these times is due.
  fileprivate func touches(_ times: QueueTimes) -> Bool {
    contains(times.first) || contains(times.last)
  }
}

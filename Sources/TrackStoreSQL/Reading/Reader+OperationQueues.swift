package import TrackDomain

package extension Reader {
  /// What is asked of a queue. Each has an index that holds its rows only, in the order of their
  /// times.
  private struct Queries {
    let untilNow: Query
    let afterFar: Query
    let first: Query
    let last: Query

    init(index: String, _ rows: String) {
      let operations = "operation o INDEXED BY \(index)"
      let rows = "o.lease_owner IS NULL AND \(rows)"
      func due(_ condition: String) -> Query {
        Query(
          """
          SELECT o.id, c.id, o.step = 1 FROM \(operations)
            CROSS JOIN component c ON c.key = o.component_key
          WHERE \(rows) AND \(condition) ORDER BY o.due_at, o.key LIMIT ?2
          """)
      }
      untilNow = due("o.due_at <= ?1")
      afterFar = due("o.due_at > ?1")
      first = Query("SELECT o.due_at FROM \(operations) WHERE \(rows) ORDER BY o.due_at LIMIT 1")
      last = Query(
        "SELECT o.due_at FROM \(operations) WHERE \(rows) ORDER BY o.due_at DESC LIMIT 1")
    }
  }

  private static let deployments = Queries(
    index: "operation_deploying", "o.kind = 1 AND o.step <> 4 AND o.environment_id = ?3")
  private static let reports = Queries(
    index: "operation_reporting", "o.kind = 1 AND o.step = 4")
  private static let deletions = Queries(index: "operation_removing", "o.kind >= 2")

  /// The environment after one, which is found in the index without looking at the rows between.
  private static let nextEnvironment = Query(
    """
    SELECT o.environment_id FROM operation o INDEXED BY operation_deploying
    WHERE o.lease_owner IS NULL AND o.kind = 1 AND o.step <> 4 AND o.environment_id > ?1
    ORDER BY o.environment_id LIMIT 1
    """)
  private static let otherOfTrack = Query(
    """
    SELECT 1 FROM operation
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2 AND id <> ?3
    LIMIT 1
    """)

  private static let kindOfTrack = Query(
    """
    SELECT 1 FROM operation
    WHERE component_key = (SELECT key FROM component WHERE id = ?1) AND track_id = ?2 AND kind = ?3
    LIMIT 1
    """)

  func dueOperations(
    in queue: OperationQueue, _ window: DueWindow, limit: Int
  ) throws(StoreError) -> [DueOperation] {
    let queries = Self.queries(of: queue)
    var due: [DueOperation] = []
    for (query, time) in [(queries.untilNow, window.now), (queries.afterFar, window.far)]
    where due.count < limit {
      let row = try statement(query)
      defer { row.reset() }
      row.bind(1, time)
      row.bind(2, limit - due.count)
      bindEnvironment(of: queue, to: row)
      while try step(row) {
        due.append(DueOperation(id: row.text(0), componentId: row.text(1), isNew: row.bool(2)))
      }
    }
    return due
  }

  func times(of queue: OperationQueue) throws(StoreError) -> QueueTimes? {
    let queries = Self.queries(of: queue)
    guard let first = try time(queries.first, queue), let last = try time(queries.last, queue)
    else { return nil }
    return QueueTimes(first: first, last: last)
  }

  func waitingEnvironments(
    after id: String, limit: Int
  ) throws(StoreError) -> [WaitingEnvironment] {
    var environments: [WaitingEnvironment] = []
    var place = id
    while environments.count < limit, let next = try environment(after: place) {
      place = next
      if let times = try times(of: .deployments(environmentId: next)) {
        environments.append(WaitingEnvironment(id: next, times: times))
      }
    }
    return environments
  }

  func hasOperations(
    componentId: String, trackId: String, besides id: String
  ) throws(StoreError) -> Bool {
    let row = try statement(Self.otherOfTrack)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, id)
    return try step(row)
  }

  func hasOperations(
    of kind: Operation.Kind, componentId: String, trackId: String
  ) throws(StoreError) -> Bool {
    let row = try statement(Self.kindOfTrack)
    defer { row.reset() }
    row.bind(1, componentId)
    row.bind(2, trackId)
    row.bind(3, Int64(kind.rawValue))
    return try step(row)
  }

  private static func queries(of queue: OperationQueue) -> Queries {
    switch queue {
    case .deployments: deployments
    case .reports: reports
    case .deletions: deletions
    }
  }

  private func bindEnvironment(of queue: OperationQueue, to row: any Statement) {
    if case .deployments(let environmentId) = queue { row.bind(3, environmentId) }
  }

  private func time(_ query: Query, _ queue: OperationQueue) throws(StoreError) -> Timestamp? {
    let row = try statement(query)
    defer { row.reset() }
    bindEnvironment(of: queue, to: row)
    return try step(row) ? row.time(0) : nil
  }

  private func environment(after id: String) throws(StoreError) -> String? {
    let row = try statement(Self.nextEnvironment)
    defer { row.reset() }
    row.bind(1, id)
    return try step(row) ? row.text(0) : nil
  }
}

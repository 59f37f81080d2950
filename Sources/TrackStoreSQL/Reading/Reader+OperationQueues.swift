package import TrackDomain

package extension Reader {
  /// What is asked of a queue. Each has an index that holds its rows only, in the order of their
  /// times.
  private struct Queries {
    let untilNow: Query
    let afterFar: Query
    let first: Query
    let last: Query

    /// - Parameter rows: which they are; `environment` is the parameter with an environment's id.
    init(index: String, _ rows: (_ environment: String) -> String) {
      func operations(_ dialect: SQLDialect) -> String {
        "operation o\(dialect.indexed(by: index))"
      }
      let due = "o.lease_owner IS NULL AND \(rows("?3"))"
      let all = "o.lease_owner IS NULL AND \(rows("?1"))"
      func part(_ condition: String) -> Query {
        Query {
          """
          SELECT o.id, c.id, o.step = 1 FROM \(operations($0))
            \($0.orderedJoin) component c ON c.key = o.component_key
          WHERE \(due) AND \(condition) ORDER BY o.due_at, o.key LIMIT ?2
          """
        }
      }
      untilNow = part("o.due_at <= ?1")
      afterFar = part("o.due_at > ?1")
      func edge(_ order: String) -> Query {
        Query {
          "SELECT o.due_at FROM \(operations($0)) WHERE \(all) ORDER BY o.due_at\(order) LIMIT 1"
        }
      }
      first = edge("")
      last = edge(" DESC")
    }
  }

  private static let deployments = Queries(index: "operation_deploying") {
    "o.kind = 1 AND o.step <> 4 AND o.environment_id = \($0)"
  }
  private static let reports = Queries(index: "operation_reporting") { _ in
    "o.kind = 1 AND o.step = 4"
  }
  private static let deletions = Queries(index: "operation_removing") { _ in "o.kind >= 2" }

  /// The environment after one, which is found in the index without looking at the rows between.
  private static let nextEnvironment = Query {
    """
    SELECT o.environment_id FROM operation o\($0.indexed(by: "operation_deploying"))
    WHERE o.lease_owner IS NULL AND o.kind = 1 AND o.step <> 4 AND o.environment_id > ?1
    ORDER BY o.environment_id LIMIT 1
    """
  }
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
      bindEnvironment(of: queue, to: row, at: 3)
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

  private func bindEnvironment(
    of queue: OperationQueue, to row: any Statement, at index: Int32
  ) {
    if case .deployments(let environmentId) = queue { row.bind(index, environmentId) }
  }

  private func time(_ query: Query, _ queue: OperationQueue) throws(StoreError) -> Timestamp? {
    let row = try statement(query)
    defer { row.reset() }
    bindEnvironment(of: queue, to: row, at: 1)
    return try step(row) ? row.time(0) : nil
  }

  private func environment(after id: String) throws(StoreError) -> String? {
    let row = try statement(Self.nextEnvironment)
    defer { row.reset() }
    row.bind(1, id)
    return try step(row) ? row.text(0) : nil
  }
}

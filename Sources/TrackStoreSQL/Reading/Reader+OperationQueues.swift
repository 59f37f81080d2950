package import TrackDomain

package extension Reader {
  /// What is asked of a queue. Each has an index that holds its rows only, in the order of their
  /// times.
  private struct Queries {
    let untilNow: Query
    let afterFar: Query
    /// The first and the last time; NULL for none.
    let times: Query

    /// - Parameter rows: which they are; `environment` is the parameter with an environment's id.
    init(index: String, _ rows: (_ environment: String) -> String) {
      func operations(_ dialect: SQLDialect) -> String {
        "operation o\(dialect.indexed(by: index))"
      }
      let due = "o.lease_owner IS NULL AND \(rows("?3"))"
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
      times = Query { "SELECT \(Reader.edges(of: operations($0), rows("?1")))" }
    }
  }

  /// The first and the last time of some operations, as columns.
  private static func edges(of operations: String, _ rows: String) -> String {
    ["", " DESC"].map { order in
      """
      (SELECT o.due_at FROM \(operations) WHERE o.lease_owner IS NULL AND \(rows)
        ORDER BY o.due_at\(order) LIMIT 1)
      """
    }.joined(separator: ", ")
  }

  private static func deploying(in environment: String) -> String {
    "o.kind = 1 AND o.step <> 4 AND o.environment_id = \(environment)"
  }
  private static let deployments = Queries(index: "operation_deploying", deploying)
  private static let reports = Queries(index: "operation_reporting") { _ in
    "o.kind = 1 AND o.step = 4"
  }
  private static let deletions = Queries(index: "operation_removing") { _ in "o.kind >= 2" }

  /// The environments after one, at most ?2. Each is found in the index behind the one before it,
  /// without looking at the rows between.
  private static let environments = Query { dialect in
    let operations = "operation o\(dialect.indexed(by: "operation_deploying"))"
    func next(after environment: String) -> String {
      """
      SELECT o.environment_id FROM \(operations)
      WHERE o.lease_owner IS NULL AND o.kind = 1 AND o.step <> 4
        AND o.environment_id > \(environment)
      ORDER BY o.environment_id LIMIT 1
      """
    }
    return """
      WITH RECURSIVE waiting (id) AS (
        SELECT (\(next(after: "?1")))
        UNION ALL SELECT (\(next(after: "w.id"))) FROM waiting w WHERE w.id IS NOT NULL)
      SELECT w.id, \(edges(of: operations, deploying(in: "w.id")))
      FROM waiting w WHERE w.id IS NOT NULL LIMIT ?2
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
    func find(_ query: Query, _ time: Timestamp, _ limit: Int) throws(StoreError) -> [DueOperation]
    {
      let row = try statement(query)
      defer { row.reset() }
      row.bind(1, time)
      row.bind(2, limit)
      bindEnvironment(of: queue, to: row, at: 3)
      var found: [DueOperation] = []
      while try step(row) {
        found.append(DueOperation(id: row.text(0), componentId: row.text(1), isNew: row.bool(2)))
      }
      return found
    }
    // Mostly none of them is due already.
    foresee { () throws(StoreError) in _ = try find(queries.afterFar, window.far, limit) }
    let due = try find(queries.untilNow, window.now, limit)
    if due.count == limit { return due }
    return try due + find(queries.afterFar, window.far, limit).prefix(limit - due.count)
  }

  func times(of queue: OperationQueue) throws(StoreError) -> QueueTimes? {
    let row = try statement(Self.queries(of: queue).times)
    defer { row.reset() }
    bindEnvironment(of: queue, to: row, at: 1)
    guard try step(row), !row.isNull(0) else { return nil }
    return QueueTimes(first: row.time(0), last: row.time(1))
  }

  func waitingEnvironments(
    after id: String, limit: Int
  ) throws(StoreError) -> [WaitingEnvironment] {
    let row = try statement(Self.environments)
    defer { row.reset() }
    row.bind(1, id)
    row.bind(2, limit)
    var environments: [WaitingEnvironment] = []
    while try step(row) {
      environments.append(
        WaitingEnvironment(
          id: row.text(0), times: QueueTimes(first: row.time(1), last: row.time(2))))
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
}

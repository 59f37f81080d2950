import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// No statement scans a whole table or sorts: costs do not grow with the tables.
@Suite(.timeLimit(.minutes(2))) struct QueryPlanTests {
  @Test func `every statement that the store uses runs along an index`() async throws {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    try exercise(Transaction(connection))
    let queries = connection.preparedQueries.filter {
      ["SELECT", "DELETE", "UPDATE", "INSERT"].contains($0.prefix(6))
    }
    #expect(queries.count > 90)
    for sql in queries {
      let plan = try connection.prepare("EXPLAIN QUERY PLAN \(sql)")
      while try plan.step() {
        let step = plan.text(3)
        let isBounded =
          !step.hasPrefix("SCAN") || step == "SCAN CONSTANT ROW"
          // Bounded by LIMIT, in the order of the table.
          || ["SCAN change_log", "SCAN found", "SCAN oldest"].contains(step)
          // One row for each environment that is asked for, and for each executor with leases.
          || ["SCAN w", "SCAN e"].contains(step)
          // The last row.
          || step == "SCAN audit_event" && sql.hasSuffix("ORDER BY sequence DESC LIMIT 1")
          // The largest key.
          || step == "SEARCH component"
          // The first row of the index, or components until a page of tracks is full.
          || step.hasPrefix("SCAN o USING ") && step.contains(" INDEX operation_")
            && sql.contains("LIMIT 1")
          // The table has two rows.
          || step == "SCAN sqlite_sequence"
          // The leased operations.
          || step == "SCAN operation USING INDEX operation_leased"
          || step == "SCAN operation USING COVERING INDEX operation_leased"
        #expect(isBounded && !step.contains("TEMP B-TREE"), "\(step) in \(sql)")
      }
    }
  }

  /// Calls every function once.
  private func exercise(_ transaction: Transaction) throws {
    try Samples.putCatalog(transaction)
    for (id, version) in [("t1", APIVersion(major: 1, minor: 0)), ("t2", nil)] {
      try Samples.create(
        Samples.track(id, version: version, endpoints: [Samples.endpoint("api")]), in: transaction)
    }
    try transaction.replaceEndpoints(of: Samples.track("t1"))
    try transaction.deleteTrack(componentId: "cart", id: "t1")
    for field in TrackOrder.Field.allCases {
      for isDescending in [true, false] {
        var query = TrackQuery.all(of: "cart")
        query.order = TrackOrder(field: field, isDescending: isDescending)
        _ = try transaction.tracks(query)
      }
    }
    _ = try transaction.trackCount(componentId: "cart", upTo: 2)
    _ = try transaction.trackId(componentId: "cart", version: APIVersion(major: 1, minor: 0))
    _ = try transaction.trackId(componentId: "cart", unversionedBranch: "main")
    _ = try transaction.configRevisions(
      ConfigRevisionQuery(componentId: "cart", trackId: "t1", limit: 2))
    _ = try transaction.sqlite.changes(after: 0, limit: 2)
    for kind in CatalogKind.allCases {
      _ = try transaction.catalogResource(kind, id: "x")
      _ = try transaction.catalogResources(kind, parentId: nil, after: "", limit: 2)
      if kind.parent != nil {
        _ = try transaction.catalogResources(kind, parentId: "x", after: "", limit: 2)
      }
      _ = try transaction.uses(of: kind, id: "x", limit: 2)
      try transaction.deleteCatalogResource(kind, id: "x")
    }
    for path in ["a/b", "."] {
      _ = try transaction.environment(overlapping: Samples.place(path), besides: "x")
    }
    let key = RequestKey(
      caller: "", method: .putProject, id: UniqueID(high: 1, low: 1))
    try transaction.rememberRequest(
      RememberedRequest(key: key, digest: Digest(), response: [], at: Samples.time()))
    _ = try transaction.request(key)
    _ = try transaction.forgetRequests(keptBefore: 1, limit: 1)
    _ = try transaction.forgetChanges(keptBefore: 1, limit: 1)
    try exerciseImages(transaction)
    try exerciseDeployments(transaction)
    try exerciseOperations(transaction)
    try exerciseAudit(transaction)
    _ = try transaction.historyRows(componentId: "cart", trackId: "t2", upTo: 9)
    try transaction.purgeTrack(componentId: "cart", trackId: "t2", limit: 1000)
    for scope in [ChangeScope.all, .project("shop"), .component("cart")] {
      _ = try transaction.states(in: scope, after: ("cart", "t0"), limit: 2)
    }
    _ = try transaction.newestChange()
    _ = try transaction.oldestChange()
    _ = try transaction.databaseId()
    _ = try transaction.sqlite.position(behind: 1)
    _ = try transaction.undigestedLimit()
    try transaction.noteRestore()
    try transaction.keepClock(1)
    try exerciseRestores(transaction)
  }

  /// But for what begins and ends a restore or a comparison, and tells of it: that is about whole
  /// tables, which are empty without a restore.
  private func exerciseRestores(_ transaction: Transaction) throws {
    _ = try transaction.restore()
    _ = try transaction.bindings(
      after: BindingKey(componentId: "cart", trackId: "t1", environmentId: "dev"), limit: 2)
    try transaction.endDrift(componentId: "cart", trackId: "t1", environmentId: "dev")
    try transaction.endDrift(componentId: "cart", trackId: "t1", environmentId: nil)
    for environmentId in ["dev", nil] {
      _ = try transaction.hasDrift(
        componentId: "cart", trackId: "t1", environmentId: environmentId)
    }
    _ = try transaction.comparedLane("lane")
    _ = try transaction.restoredOperations(after: "", limit: 2)
  }

  /// All that callers can ask the audit for.
  private static let auditQueries: [AuditQuery] = {
    let texts = ["", "x"]
    let times = [nil, Samples.time()]
    var filters = [AuditFilter()]
    for principal in texts {
      for resource in ["", "components/cart", "projects/shop"] {
        for method in texts {
          for outcome in texts {
            for since in times {
              for until in times {
                filters.append(
                  AuditFilter(
                    principal: principal, resource: resource, method: method, outcome: outcome,
                    since: since, until: until))
              }
            }
          }
        }
      }
    }
    return filters.flatMap { filter in
      [false, true].map { AuditQuery(filter, sequences: 1...99, newestFirst: $0, limit: 2) }
    }
  }()

  private func exerciseAudit(_ transaction: Transaction) throws {
    try transaction.recordAudit(.keyChange(at: Samples.time()))
    try transaction.takeOverAudit(at: Samples.time())
    for query in Self.auditQueries {
      _ = try transaction.auditStart(query)
      _ = try transaction.auditRecords(query)
    }
    _ = try transaction.auditExtent()
    try transaction.noteAuditLogged(1)
    _ = try transaction.auditLogged()
    _ = try transaction.forgetAudit(keptBefore: 1, wallTime: Samples.time(), limit: 1)
  }

  @Test func `whatever is asked of the audit, its time is found by an index`() throws {
    let directory = try TemporaryDirectory()
    for query in Self.auditQueries {
      let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
      let transaction = Transaction(connection)
      _ = try transaction.auditStart(query)
      _ = try transaction.auditRecords(query)
      var steps: [String] = []
      for sql in connection.preparedQueries where sql.contains("FROM audit_event") {
        let plan = try connection.prepare("EXPLAIN QUERY PLAN \(sql)")
        while try plan.step() { steps.append(plan.text(3)) }
      }
      let hasTime = query.filter.since != nil || query.filter.until != nil
      let time = "audit_event USING COVERING INDEX audit_event_time (<expr>=? AND at>? AND at<?)"
      #expect(steps.contains("SEARCH \(time)") == hasTime, "\(query.filter): \(steps)")
      #expect(steps.allSatisfy { $0.hasPrefix("SEARCH audit_event USING ") })
      let way =
        query.filter.componentId != nil
        ? "INDEX audit_event_component (component_id=? AND rowid>? AND rowid<?)"
        : query.filter.principal.isEmpty
          ? "INTEGER PRIMARY KEY (rowid>? AND rowid<?)"
          : "INDEX audit_event_principal (principal=? AND rowid>? AND rowid<?)"
      #expect(steps.contains("SEARCH audit_event USING \(way)"), "\(query.filter): \(steps)")
    }
  }

  @Test func `a time far back costs a step for each block of rows`() throws {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    let transaction = Transaction(connection)
    let blocks: Int64 = 10
    for number in 1..<(blocks * AuditQuery.blockSize) {
      try transaction.recordAudit(.keyChange(at: Samples.time(number)))
    }
    let rows = 1...(blocks * AuditQuery.blockSize - 1)
    for (filter, newestFirst) in [
      (AuditFilter(since: Samples.time(rows.upperBound)), false),
      (AuditFilter(until: Samples.time(2)), true),
    ] {
      _ = connection.takeInstructions()
      let query = AuditQuery(filter, sequences: rows, newestFirst: newestFirst, limit: 2)
      let start = try #require(try transaction.auditStart(query))
      #expect(start == (newestFirst ? AuditQuery.blockSize - 1 : 9 * AuditQuery.blockSize))
      #expect(connection.takeInstructions() < 40 * blocks)
    }
  }

  private func exerciseImages(_ transaction: Transaction) throws {
    let image = Samples.image("i1", of: "t2")
    try transaction.insertImage(image)
    try transaction.updateImage(image)
    _ = try transaction.forgetImages(keptBefore: 1, limit: 1)
    _ = try transaction.image(componentId: "cart", id: "i1")
    _ = try transaction.image(componentId: "cart", savedTrackId: "t2", runId: "run-i1")
    _ = try transaction.images(
      ImageQuery(componentId: "cart", trackId: "t2", after: nil, limit: 2))
    _ = try transaction.unversionedImages(componentId: "cart", limit: 2)
    _ = try transaction.currentImages(
      componentId: "cart", trackId: "t2", commitHash: "0f", limit: 2)
  }

  private func exerciseDeployments(_ transaction: Transaction) throws {
    let deployment = Samples.deployment("d1", track: "t2")
    try transaction.insertDeployment(deployment)
    try transaction.updateDeployment(deployment)
    try transaction.putBinding(Samples.binding("t2", deployment: "d1", image: "i1"))
    _ = try transaction.deployment(componentId: "cart", id: "d1")
    for environmentId in [nil, "dev"] {
      _ = try transaction.unfinishedDeployments(
        componentId: "cart", trackId: "t2", environmentId: environmentId)
      for imageId in [nil, "i1"] {
        for state in [nil, DeploymentState.succeeded] {
          _ = try transaction.deployments(
            DeploymentQuery(
              componentId: "cart", trackId: "t2", environmentId: environmentId, imageId: imageId,
              state: state, limit: 2))
        }
      }
    }
    _ = try transaction.wasDeployed(componentId: "cart", trackId: "t2", imageId: "i1")
    _ = try transaction.binding(componentId: "cart", trackId: "t2", environmentId: "dev")
    _ = try transaction.bindings(componentId: "cart", trackId: "t2")
    _ = try transaction.deployedTrack(componentId: "cart", id: "t2", limit: 2)
  }

  private func exerciseOperations(_ transaction: Transaction) throws {
    let operation = Samples.deletion("o1", of: "t2")
    try transaction.insertOperation(operation)
    try transaction.updateOperation(operation)
    _ = try transaction.operation(id: "o1")
    _ = try transaction.deletion(componentId: "cart", trackId: "t2")
    let window = DueWindow(now: Samples.time(), far: Samples.time(9))
    for queue in [.deployments(environmentId: "dev"), .reports, OperationQueue.deletions] {
      _ = try transaction.dueOperations(in: queue, window, limit: 2)
      _ = try transaction.times(of: queue)
    }
    _ = try transaction.waitingEnvironments(after: "", limit: 2)
    _ = try transaction.hasOperations(componentId: "cart", trackId: "t2", besides: "o1")
    _ = try transaction.hasOperations(of: .deployment, componentId: "cart", trackId: "t2")
    _ = try transaction.cleanings(componentId: "cart", trackId: "t2", limit: 2)
    let executor = Samples.executor
    try transaction.claimOperation(operation.claimed(by: executor, until: Samples.time()))
    try transaction.renewLeases(of: executor, until: Samples.time())
    try transaction.putOffOperation(id: "o1", until: Samples.time(), by: executor)
    _ = try transaction.nextExpiry(besides: executor)
    try transaction.endLeases(.expired(at: Samples.time(), besides: executor))
    try transaction.endLeases(.all)
    try transaction.recordEnd(OperationEnd(operationId: "o1"))
    _ = try transaction.operationEnd(id: "o1")
    _ = try transaction.forgetEnds(keptBefore: 1, limit: 1)
    try transaction.deleteOperation(id: "o1")
    try transaction.putRelease(Samples.release("r1", track: "t2"))
    _ = try transaction.release(releaseDeploymentId: "r1")
    _ = try transaction.configRevision(componentId: "cart", trackId: "t2", number: 1)
  }
}

import Testing
import TrackDomain

@testable import TrackStoreSQLite

/// No statement looks at a whole table or sorts: costs do not grow with the tables.
@Suite struct QueryPlanTests {
  @Test func `every statement that the store uses runs along an index`() async throws {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    try exercise(Transaction(connection))
    let queries = connection.preparedQueries.filter {
      ["SELECT", "DELETE", "UPDATE", "INSERT"].contains($0.prefix(6))
    }
    #expect(queries.count > 30)
    for sql in queries {
      let plan = try connection.prepare("EXPLAIN QUERY PLAN \(sql)")
      while try plan.step() {
        let step = plan.text(3)
        let isBounded =
          !step.hasPrefix("SCAN") || step == "SCAN CONSTANT ROW"
          // Bounded by LIMIT, in the order of the table.
          || step == "SCAN change_log" || step.hasPrefix("SCAN (subquery")
          // The greatest key.
          || step == "SEARCH component"
        #expect(isBounded && !step.contains("TEMP B-TREE"), "\(step) in \(sql)")
      }
    }
  }

  /// Calls everything once.
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
    _ = try transaction.latestCandidate(componentId: "cart", without: "t1")
    _ = try transaction.configRevisions(componentId: "cart", trackId: "t1", from: 1, limit: 2)
    _ = try transaction.changes(after: 0, limit: 2)
    for kind in CatalogKind.allCases {
      _ = try transaction.catalogResource(kind, id: "x")
      _ = try transaction.catalogResources(kind, parentId: nil, after: "", limit: 2)
      if kind.parent != nil {
        _ = try transaction.catalogResources(kind, parentId: "x", after: "", limit: 2)
      }
      _ = try transaction.isInUse(kind, id: "x")
      try transaction.deleteCatalogResource(kind, id: "x")
    }
    let key = RequestKey(
      caller: "", method: .putProject, id: UniqueID(high: 1, low: 1))
    try transaction.rememberRequest(
      RememberedRequest(key: key, digest: Digest(), response: [], at: Samples.time()))
    _ = try transaction.request(key)
    _ = try transaction.forgetRequests(before: Samples.time(), limit: 1)
    _ = try transaction.forgetChanges(before: Samples.time(), limit: 1)
  }
}

import TestSupport
import Testing
import TrackDomain

/// The contract of remembered requests, the change log and configurations.
@Suite(.timeLimit(.minutes(2)), .evenPooled) struct JournalContractTests: StoreContract {
  private func request(_ low: UInt64, caller: String = "ci", at time: Int64) -> RememberedRequest {
    RememberedRequest(
      key: RequestKey(
        caller: caller, method: .createDeploymentTrack, id: UniqueID(high: 1, low: low)),
      digest: Digest(high: .max, low: low), response: [0, 1, 255], at: Samples.time(time))
  }

  @Test func `a request is remembered for its caller and method, and replaced`() async throws {
    try await withStore { store in
      var first = request(7, at: 1)
      try await store.write { [first] in try $0.rememberRequest(first) }
      try await expectRead(store, first) { [first] in try $0.request(first.key) }
      var other = first.key
      other.caller = ""
      try await expectRead(store, nil) { [other] in try $0.request(other) }
      other = first.key
      other.method = .putProject
      try await expectRead(store, nil) { [other] in try $0.request(other) }
      first.response = []
      first.at = Samples.time(2)
      try await store.write { [first] in try $0.rememberRequest(first) }
      try await expectRead(store, first) { [first] in try $0.request(first.key) }
    }
  }

  @Test func `changes are read in the order of their commits, after any of them`() async throws {
    try await withStore { store in
      let changes = (0..<20).map { number in
        Samples.change(
          of: Samples.track("t\(number)"), kind: ChangeKind.allCases[number % 3])
      }
      for change in changes { try await store.write { try $0.appendChange(change) } }
      let all = try await changesAfter(.start, 100, store)
      #expect(all.map(\.change) == changes)
      #expect(zip(all, all.dropFirst()).allSatisfy { $0.place < $1.place })
      #expect(try await changesAfter(all[4].place, 3, store) == Array(all[5..<8]))
      #expect(try await changesAfter(all[19].place, 3, store).isEmpty)
    }
  }

  private func changesAfter(
    _ place: LogPlace, _ limit: Int, _ store: any TrackStore
  ) async throws -> [LoggedChange] {
    try #require(try await store.read { try $0.changes(after: place, limit: limit) })
  }

  @Test func `a watch goes on behind every place that the store made, as a client brings it back`()
    async throws
  {
    try await withStore { store in
      try await expectRead(store, .start) { try $0.newestPlace() }
      for number in 0..<3 {
        try await store.write {
          try $0.appendChange(Samples.change(of: Samples.track("t\(number)")))
        }
      }
      let places = [.start] + (try await changesAfter(.start, 9, store).map(\.place))
      #expect(Set(places).count == 4)
      #expect(places == places.sorted())
      try await expectRead(store, places.last) { try $0.newestPlace() }
      for place in places {
        #expect(place.bytes.count <= 512)
        try await expectRead(store, .behind(place)) { try $0.resumption(at: place.bytes) }
        // What a client made of it leads to no other place.
        for index in place.bytes.indices {
          var bytes = place.bytes
          bytes[index] ^= 1
          let found = try await store.read { [bytes] in try $0.resumption(at: bytes) }
          if case .behind = found { Issue.record("\(bytes) is \(found)") }
        }
      }
      for bytes in [[7], [UInt8](repeating: 255, count: 16), [UInt8](repeating: 9, count: 600)] {
        let found = try await store.read { try $0.resumption(at: bytes) }
        if case .behind = found { Issue.record("\(bytes) is \(found)") }
      }
    }
  }

  @Test func `configurations are read by pages, the newest first`() async throws {
    try await withStore { store in
      let variable = EnvironmentVariable(
        name: "A", source: .value(String(repeating: "x", count: 1000)))
      let revisions: [ConfigRevision] = (1...5).map { (number: Int) -> ConfigRevision in
        var configs = TrackConfigs(environmentVariables: [variable])
        if number % 2 == 1 { configs.endpoints = [Samples.endpoint("e\(number)")] }
        if number == 4 { configs.apiSettings = APISettings(rateLimitTier: "GOLD") }
        return ConfigRevision(
          componentId: "cart", trackId: "t1", number: Int32(number), configs: configs,
          createdAt: Samples.time(Int64(number)), actor: Samples.actor)
      }
      try await store.write { transaction in
        try Samples.putCatalog(transaction)
        try transaction.insertTrack(Samples.track("t1"))
        for revision in revisions { try transaction.insertConfigRevision(revision) }
      }
      // The numbers on each page, and the number before the page: by count, and by bytes.
      let cases: [(limit: Int, bytes: Int, pages: [[Int]])] = [
        (5, 1 << 20, [[5, 4, 3, 2, 1]]), (9, 1 << 20, [[5, 4, 3, 2, 1]]),
        (2, 1 << 20, [[5, 4], [3, 2], [1]]), (4, 1 << 20, [[5, 4, 3, 2], [1]]),
        (5, 1, [[5], [4], [3], [2], [1]]), (5, 2500, [[5, 4], [3, 2], [1]]),
      ]
      for (limit, bytes, expected) in cases {
        var query = ConfigRevisionQuery(
          componentId: "cart", trackId: "t1", limit: limit, maximumBytes: bytes)
        var pages: [[Int]] = []
        repeat {
          let page = try await store.read { [query] in try $0.configRevisions(query) }
          pages.append(page.revisions.map { Int($0.number) })
          for revision in page.revisions {
            #expect(revision == revisions[Int(revision.number) - 1])
          }
          if let predecessor = page.predecessor {
            #expect(Int(predecessor.number) == (pages.last?.last ?? 0) - 1)
          }
          query.before = page.next
        } while query.before != nil
        #expect(pages == expected, "\(limit), \(bytes)")
      }
      await expectRefusal(store) { try $0.insertConfigRevision(revisions[0]) }
    }
  }

  @Test func `a change belongs to the organization that its project had then`() async throws {
    try await withStore { store in
      @Sendable func change(_ kind: ChangeKind, _ project: Project) -> Change {
        Change(
          kind: kind, resource: .project, resourceId: project.id, projectId: project.id,
          componentId: "", at: Samples.time(), actor: Samples.actor,
          snapshot: Snapshot.encode(project.resource))
      }
      @Sendable func inShop(_ id: String) -> Change { Samples.change(of: Samples.track(id)) }
      // The project is older than its log, is deleted, and its id is given again twice.
      try await store.write { transaction in
        for id in ["a", "b"] {
          try transaction.putCatalogResource(.organization(Organization(id: id, tier: .paid)))
        }
        let owners = ["a", "b", "a"].map { Project(id: "shop", organizationId: $0) }
        for (number, project) in owners.enumerated() {
          try transaction.putCatalogResource(project.resource)
          if number > 0 { try transaction.appendChange(change(.created, project)) }
          try transaction.appendChange(inShop("first\(number)"))
          try transaction.appendChange(inShop("last\(number)"))
          if number == 2 { return }
          try transaction.deleteCatalogResource(.project, id: "shop")
          try transaction.appendChange(change(.deleted, project))
        }
      }
      let all = try await changesAfter(.start, 99, store)
        .filter { $0.change.resource == .deploymentTrack }
      try await expectRead(store, ["a", "a", "b", "b", "a", "a"]) {
        try $0.organizations(of: all)
      }
      try await expectRead(store, ["b", "a", "a"]) {
        try $0.organizations(of: [all[2], all[1], all[5]])
      }
      var strange = all[0]
      strange.change.projectId = "nothing"
      try await expectRead(store, [nil]) { [strange] in try $0.organizations(of: [strange]) }
    }
  }
}

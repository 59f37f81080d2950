import TestSupport
import Testing
import TrackDomain

/// The contract of the audit.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct AuditContractTests: StoreContract {
  private func event(_ number: Int) -> AuditEvent {
    let component = number % 2 == 0 ? "cart" : "cart2"
    return AuditEvent(
      at: Samples.time(Int64(number)), count: Int64(number % 3 + 1),
      principal: Principal(
        name: number % 4 == 0 ? "ada" : "b\u{0}b", isVerified: number % 2 == 0, onBehalfOf: "é"),
      peer: "ipv6:[2001:db8::1]:\(number)", method: "a.Service/Do\(number % 5)",
      subject: AuditSubject(
        "components/\(component)/deploymentTracks/t1",
        at: AccessPlace(
          organizationId: "acme", projectId: "shop", componentId: component,
          environmentId: "dev"),
        changedFields: Array(["a", "b/c"].prefix(number % 3)), reason: "R\(number % 2)"),
      requestId: "id\(number)", outcome: number % 7 == 0 ? "ABORTED" : "OK")
  }

  private func all(
    _ store: any TrackStore, _ filter: AuditFilter = AuditFilter(), newestFirst: Bool = false,
    limit: Int = 100, sequences: ClosedRange<Int64> = 1...1000
  ) async throws -> [AuditRecord] {
    try await store.read {
      try $0.auditRecords(
        AuditQuery(filter, sequences: sequences, newestFirst: newestFirst, limit: limit))
    }
  }

  @Test func `events are kept as they were recorded, numbered without holes`() async throws {
    let events = (0..<20).map(event)
    try await withReopenedStore { transaction in
      for event in events { try transaction.recordAudit(event) }
    } check: { store in
      let records = try await all(store)
      #expect(records.map(\.event) == events)
      #expect(records.map(\.sequence) == Array(1...20))
      let extent = try await store.read { try $0.auditExtent() }
      #expect(extent.head == AuditHead(sequence: 20, code: records[19].code))
      #expect(extent.anchor == AuditAnchor())
    }
  }

  @Test func `what throws leaves no event, and no hole`() async throws {
    try await withStore { store in
      for number in 0..<20 { try await store.write(.nothing) { try $0.recordAudit(event(number)) } }
      await #expect(throws: DomainError.self) {
        try await store.write(.nothing) { transaction in
          try transaction.recordAudit(event(20))
          throw DomainError.noRight(to: .read, at: .everywhere)
        }
      }
      try await store.write(.nothing) { try $0.recordAudit(event(21)) }
      #expect(try await all(store).last?.sequence == 21)
      #expect(try await all(store).last?.event == event(21))
    }
  }

  @Test func `a query finds what it wants, in either direction`() async throws {
    try await withStore { store in
      let events = (0..<40).map(event)
      try await store.write(.nothing) { transaction in
        for event in events { try transaction.recordAudit(event) }
      }
      let filters: [(AuditFilter, (AuditEvent) -> Bool)] = [
        (AuditFilter(principal: "ada"), { $0.principal.name == "ada" }),
        (AuditFilter(principal: "b\u{0}b"), { $0.principal.name != "ada" }),
        (AuditFilter(principal: "ad"), { _ in false }),
        (AuditFilter(resource: "components/cart"), { $0.subject.place.componentId == "cart" }),
        (
          AuditFilter(resource: "components/cart2/deploymentTracks/t1"),
          { $0.subject.place.componentId == "cart2" }
        ),
        (AuditFilter(resource: "components/cart/deploymentTracks/t"), { _ in false }),
        (AuditFilter(resource: "components"), { _ in true }),
        (AuditFilter(resource: "projects/shop"), { _ in false }),
        (AuditFilter(method: "Do3"), { $0.method == "a.Service/Do3" }),
        (AuditFilter(method: "a.Service/Do3"), { $0.method == "a.Service/Do3" }),
        (AuditFilter(method: "Service/Do3"), { _ in false }),
        (AuditFilter(outcome: "ABORTED"), { $0.outcome == "ABORTED" }),
        (
          AuditFilter(since: Samples.time(5), until: Samples.time(9)),
          { (Samples.time(5)..<Samples.time(9)).contains($0.at) }
        ),
        (
          AuditFilter(principal: "ada", resource: "components/cart", outcome: "OK"),
          { $0.principal.name == "ada" && $0.outcome == "OK" }
        ),
      ]
      for (filter, isWanted) in filters {
        let wanted = events.filter(isWanted)
        #expect(try await all(store, filter).map(\.event) == wanted, "\(filter)")
        let newest = try await all(store, filter, newestFirst: true, limit: 3)
        #expect(newest.map(\.event) == Array(wanted.reversed().prefix(3)), "\(filter)")
      }
      let some = try await all(store, sequences: 5...8)
      #expect(some.map(\.sequence) == [5, 6, 7, 8])
    }
  }

  @Test func `a time is found near its first row, also where clocks were set back`() async throws {
    try await withStore { store in
      // Block by block; then the clock is set back, and a refused call has an earlier time.
      let events = (0..<3500).map { number in
        var event = event(number)
        event.at = Samples.time(Int64(number < 2000 ? number : number - 1500))
        if number == 3300 { event.at = Samples.time(100) }
        return event
      }
      try await store.write(.nothing) { transaction in
        for event in events { try transaction.recordAudit(event) }
      }
      let times: [Int64?] = [nil, 0, 90, 101, 1999, 2000, 3000]
      for (since, until) in times.flatMap({ since in times.map { (since, $0) } }) {
        for newestFirst in [false, true] {
          let filter = AuditFilter(since: since.map(Samples.time), until: until.map(Samples.time))
          let query = AuditQuery(
            filter, sequences: 3...3490, newestFirst: newestFirst, limit: 4000)
          let (start, wanted) = try await store.read {
            (try $0.auditStart(query), try $0.auditRecords(query))
          }
          #expect((start == nil) == wanted.isEmpty, "\(query)")
          guard let start, let first = wanted.first?.sequence else { continue }
          #expect(query.sequences.contains(start))
          let passed = newestFirst ? start - first : first - start
          #expect((0..<AuditQuery.blockSize).contains(passed), "\(query): \(start) \(first)")
        }
      }
    }
  }

  @Test func `it is known what the log file has, and never less than before`() async throws {
    try await withReopenedStore { transaction in
      #expect(try transaction.auditLogged() == 0)
      try transaction.noteAuditLogged(7)
      try transaction.noteAuditLogged(5)
    } check: { store in
      try await expectRead(store, 7) { try $0.auditLogged() }
    }
  }
}

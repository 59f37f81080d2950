import TestSupport
import Testing
import TrackController
import TrackDomain

/// What is far back in a long audit is found without a look at all that is not wanted.
@Suite(.timeLimit(.minutes(2))) struct AuditSearchTests {
  private static let count = 12_000

  private func withAudit(_ body: (AuditController) async throws -> Void) async throws {
    try await withStore {
      let store: any TrackStore = $0
      try await store.write(.nothing) { transaction in
        for number in 0..<Self.count {
          try transaction.recordAudit(
            AuditEvent(
              at: Samples.time(Int64(number)), principal: Principal(name: "ada", isVerified: true),
              method: "a.B/C"))
        }
      }
      try await body(AuditController(store: store, chain: UnsealedAudit()))
    }
  }

  @Test func `a follower is at its time at once, and goes on from there`() async throws {
    try await withAudit { audit in
      let filter = AuditFilter(since: Samples.time(Int64(Self.count - 150)))
      var place = try await audit.place(filter, resuming: "")
      #expect(place.sequence == 0)
      var sequences: [Int64] = []
      for _ in 0..<2 {
        let step = try await audit.events(filter, behind: place)
        sequences += step.events.map(\.record.sequence)
        place = step.place
      }
      #expect(sequences == Array(Int64(Self.count - 149)...Int64(Self.count)))
      #expect(place.sequence == Int64(Self.count))
    }
  }

  @Test func `a follower for whom there is nothing yet is at the end at once`() async throws {
    try await withAudit { audit in
      let filter = AuditFilter(since: Samples.time(Int64(Self.count)))
      let step = try await audit.events(filter, behind: AuditHead())
      #expect(step.events.isEmpty && step.place.sequence == Int64(Self.count))
    }
  }

  @Test(arguments: [1, 100, 1000])
  func `pages of a time hold all of it`(size: Int32) async throws {
    try await withAudit { audit in
      let filter = AuditFilter(since: Samples.time(40), until: Samples.time(50))
      var token = ""
      var sequences: [Int64] = []
      repeat {
        let page = try await audit.events(
          ListAuditEvents(filter, pageSize: size, pageToken: token))
        sequences += page.records.map(\.sequence)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(sequences == Array((41...50).reversed()))
    }
  }
}

import Synchronization
import Telemetry
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// What a store counts, and what it tells of deployments that end.
@Suite(.timeLimit(.minutes(2))) struct StoreMetricsTests {
  private final class Ends: Sendable {
    let all = Mutex<[DeploymentEnd]>([])
  }

  private struct Refused: Error {}

  @Test func `a deployment ends once, when that is committed`() async throws {
    let ends = Ends()
    var options = SQLiteStoreOptions()
    options.deploymentEnded = { end in ends.all.withLock { $0.append(end) } }
    try await withStore(options: options) { store in
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertDeployment(Samples.deployment("d1"))
      }
      var ended = Samples.deployment("d1")
      ended.state = .failed
      ended.endedAt = Samples.time(9)
      do {
        try await store.write { [ended] transaction in
          try transaction.updateDeployment(ended)
          throw Refused()
        }
        Issue.record("the write was not refused")
      } catch is Refused {}
      #expect(ends.all.withLock { $0 }.isEmpty)
      try await store.write { [ended] in try $0.updateDeployment(ended) }
      ended.rolledBackBy = "d2"
      try await store.write { [ended] in try $0.updateDeployment(ended) }
      let expected = DeploymentEnd(
        environmentId: ended.environmentId, kind: ended.kind, state: .failed)
      #expect(ends.all.withLock { $0 } == [expected])
    }
  }

  @Test func `commits are counted with their writes and their time`() async throws {
    try await withStore { store in
      let before = store.metrics.groupSizes.snapshot
      try await store.write { try Samples.putCatalog($0) }
      let after = store.metrics.groupSizes.snapshot
      #expect(after.count > before.count && after.sum > before.sum)
      #expect(store.metrics.groupTimes.snapshot.count == after.count)
      #expect(store.queuedWrites == 0 && store.metrics.failedGroups.value == 0)
    }
  }

  @Test func `an event of the audit is counted by its outcome, when it is committed`() async throws
  {
    try await withStore { store in
      @Sendable func event(_ outcome: String) -> AuditEvent {
        AuditEvent(
          at: Samples.time(1), principal: Principal(name: "ada", isVerified: true), method: "a.B/C",
          outcome: outcome)
      }
      try await store.write {
        try $0.recordAudit(event("OK"))
        try $0.recordAudit(event("ABORTED"))
      }
      do {
        try await store.write { transaction in
          try transaction.recordAudit(event("OK"))
          throw Refused()
        }
        Issue.record("the write was not refused")
      } catch is Refused {}
      try await store.write { try $0.recordAudit(event("OK")) }
      #expect(store.metrics.auditEvents.counts == ["OK": 2, "ABORTED": 1])
      #expect(try await store.census().lastAuditEvent == 3)
    }
  }

  @Test func `a census has the operations by kind and state, and the changes`() async throws {
    try await withStore { store in
      let empty = try await store.census()
      #expect(empty.operations.isEmpty && empty.loggedChanges == 0)
      try await store.write {
        try Samples.putTracks($0)
        try $0.insertDeployment(Samples.deployment("d1"))
        try $0.insertOperation(Samples.operation(for: Samples.deployment("d1"), at: 7))
      }
      let census = try await store.census()
      #expect(
        census.operations == [
          StoreCensus.Operations(
            kind: .deployment, state: .waiting, count: 1, oldest: Samples.time(7))
        ])
    }
  }
}

import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// What executors ask for does not grow with what is stored, even if the plans were made when there
/// was almost nothing, as in a new database.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct PlanTests {
  private struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let run: @Sendable (Transaction) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (Transaction) throws -> Void) {
      testDescription = name
      self.run = run
    }
  }

  private static let window = DueWindow(now: Samples.time(50), far: Samples.time(1_000_000))

  private static let cases = [
    Case("a deployment") { _ = try $0.deployment(componentId: "cart", id: "d") },
    Case("a changed deployment") { try $0.updateDeployment(Samples.deployment("d")) },
    Case("an ended deployment") {
      try $0.updateDeployment(Samples.deployment("d", state: .failed))
    },
    Case("unfinished deployments") {
      _ = try $0.unfinishedDeployments(
        componentId: "cart", trackId: "t1", environmentId: "dev")
    },
    Case("an operation") { _ = try $0.operation(id: "d") },
    Case("a changed operation") {
      try $0.updateOperation(Samples.operation(for: Samples.deployment("d")))
    },
    Case("an operation that is over") { try $0.deleteOperation(id: "d") },
    Case("due operations") {
      for queue in [.deployments(environmentId: "dev"), .reports, OperationQueue.deletions] {
        _ = try $0.dueOperations(in: queue, window, limit: 2)
        _ = try $0.times(of: queue)
      }
    },
    Case("environments") { _ = try $0.waitingEnvironments(after: "", limit: 200) },
    Case("the next lease that ends") {
      _ = try $0.nextExpiry(besides: UniqueID(high: 5, low: 5))
    },
  ]

  /// Runs a case, and undoes what it changed.
  private func run(_ one: Case, _ transaction: Transaction) throws {
    let connection = try #require(transaction.source as? PostgreSQLConnection)
    try connection.enqueue(command: "SAVEPOINT one")
    try one.run(transaction)
    try connection.enqueue(command: "ROLLBACK TO one")
    try connection.wait()
  }

  /// How many rows the transaction has looked at so far.
  private func rowsRead(_ connection: PostgreSQLConnection) throws -> Int64 {
    try #require(
      try connection.integer(
        """
        SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint
        FROM pg_stat_xact_user_tables WHERE relname IN ('deployment', 'operation')
        """))
  }

  /// Deployments of the same place, all but one of which have ended; operations that wait there, and
  /// others that three executors have leased.
  private func fill(_ transaction: Transaction) throws {
    for number in 0..<1000 {
      try transaction.insertDeployment(Samples.deployment("d\(number)", state: .failed))
      var operation = Samples.operation(for: Samples.deployment("o\(number)"), at: 100)
      if number % 2 == 0 {
        operation = operation.claimed(
          by: UniqueID(high: 1, low: UInt64(number % 3)), until: Samples.time(100))
      }
      try transaction.insertOperation(operation)
    }
  }

  @Test func `rows are found by an index that has no others`() async throws {
    try await withConnection { connection, _ in
      try Migration.run(on: connection)
      try connection.execute(script: "BEGIN")
      let transaction = Transaction(connection)
      transaction.isAlone = true
      try Samples.putTracks(transaction)
      try transaction.insertImage(Samples.image("i1"))
      try transaction.insertDeployment(Samples.deployment("d"))
      try transaction.insertOperation(Samples.operation(for: Samples.deployment("d")))
      // From the sixth time on, a statement keeps its plan.
      for one in Self.cases { for _ in 0..<7 { try run(one, transaction) } }
      try fill(transaction)
      for one in Self.cases {
        let before = try rowsRead(connection)
        try run(one, transaction)
        let rows = try rowsRead(connection) - before
        #expect(rows <= 12, "\(one.testDescription)")
      }
      try connection.rollback()
    }
  }
}

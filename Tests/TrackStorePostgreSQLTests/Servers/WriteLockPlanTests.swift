import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStorePostgreSQL

/// What a write costs does not grow with what is stored: its locks find their rows by an index.
@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct WriteLockPlanTests {
  /// As in a database that has grown since it was looked at: a few thousand rows, without statistics.
  private static let fill = """
    INSERT INTO organization SELECT 'acme', 1;
    INSERT INTO project (id, organization_id) VALUES ('shop', 'acme');
    INSERT INTO component (id, key, project_id, type, image_source, repository_url, source_path,
      image_registry, image) SELECT 'c' || n, n, 'shop', 1, 1, '', '', '', ''
      FROM generate_series(1, 4000) AS n
    """

  @Test func `locks of components read no others`() async throws {
    try await withConnection { connection, _ in
      try Migration.run(on: connection)
      try connection.execute(script: Self.fill)
      for (number, lock) in GroupWriter.locks.enumerated() {
        let text = ParameterMarks(lock.text(for: .postgreSQL)).text
        try connection.execute(script: "PREPARE lock\(number) AS \(text)")
        let plan = connection.statement("EXPLAIN EXECUTE lock\(number)('[\"c1\", \"c3000\"]')")
        var lines: [String] = []
        while try plan.step() { lines.append(plan.text(0)) }
        #expect(lines.contains { $0.contains("component_pkey") }, "\(lines)")
        #expect(!lines.contains { $0.contains("Seq Scan on component") }, "\(lines)")
      }
    }
  }
}

import TestSupport
import Testing
import TrackStoreSQL

@testable import TrackStorePostgreSQL

@Suite(.timeLimit(.minutes(2)), .needsPostgreSQL) struct GroupReadsTests {
  private static let echo = Query("SELECT ?1::text")

  @Test func `texts that Swift takes for the same have rows of their own`() async throws {
    try await withConnection { connection, _ in
      let reads = GroupReads()
      let texts = ["\u{e9}", "e\u{301}"]
      try connection.enqueue(command: "BEGIN")
      for text in texts { #expect(reads.rows(Self.echo, [.text(text)]) == nil) }
      try reads.fetch(by: connection)
      for text in texts {
        let rows = try #require(reads.rows(Self.echo, [.text(text)]))
        #expect(unsafe rows.bytes(0, 0).map { unsafe [UInt8]($0) } == Array(text.utf8))
      }
      try connection.rollback()
    }
  }
}

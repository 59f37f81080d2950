import Glibc
import TestSupport
import Testing
import TrackDomain

@testable import TrackStorePostgreSQL

/// Runs `body` on a connection to an empty database.
func withConnection<Value>(
  preparesStatements: Bool = true,
  _ body: (_ connection: PostgreSQLConnection, _ string: String) throws -> Value
) async throws -> Value {
  try await withPostgreSQLDatabase { string in
    let connection = try PostgreSQLConnection(
      ConnectionString(string), preparesStatements: preparesStatements)
    return try body(connection, string)
  }
}

/// What `body` throws of the store.
func refusal(_ body: () throws -> Void) -> StoreError? {
  do { try body() } catch { return error as? StoreError }
  return nil
}

/// Waits until `isSo`, for 60 s at most.
func poll(_ isSo: () throws -> Bool) throws {
  for _ in 0..<6000 {
    if try isSo() { return }
    usleep(10_000)
  }
  Issue.record("it never came to be")
}

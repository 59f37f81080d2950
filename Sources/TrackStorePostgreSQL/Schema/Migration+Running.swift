import TrackDomain
import TrackStoreSQL

extension Migration {
  /// The lock under which servers bring the schema up to date, one after the other.
  private static let lock: Int64 = 0x7472_6B64_0001

  /// Brings the database up to date, once, whichever server comes first.
  ///
  /// - Returns: the schema that there was; 0 for none.
  /// - Throws: `StoreOpenError.foreign` and `newer` for what must not be touched.
  @discardableResult
  static func run(
    _ migrations: [Migration] = all, on connection: PostgreSQLConnection
  ) throws(StoreOpenError) -> Int64 {
    do {
      try connection.execute(script: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
      try connection.execute(script: "SELECT pg_advisory_xact_lock(\(lock))")
      guard try connection.text("SHOW server_encoding") == "UTF8" else {
        throw StoreOpenError.inaccessible(reason: "its encoding is not UTF8")
      }
      let known = migrations.last?.number ?? 0
      let state = try state(of: connection)
      guard state.version <= known || state.readableFrom <= known else {
        throw StoreOpenError.newer(schema: state.version, known: known)
      }
      for migration in migrations where migration.number > state.version {
        try connection.execute(
          script: """
            \(migration.filled)
            UPDATE store_schema SET version = \(migration.number),
              readable_from = \(migration.readableFrom);
            """)
      }
      try connection.execute(script: "COMMIT")
      return state.version
    } catch let error as StoreOpenError {
      try? connection.rollback()
      throw error
    } catch {
      try? connection.rollback()
      throw .inaccessible(reason: "\(error)")
    }
  }

  /// Which schema there is; 0 for an empty database, in which the table that says so is made.
  private static func state(
    of connection: PostgreSQLConnection
  ) throws -> (version: Int64, readableFrom: Int64) {
    if try (connection.text("SELECT to_regclass('store_schema')::text") ?? "").isEmpty {
      let others = try connection.integer(
        "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = "
          + "current_schema()::regnamespace")
      guard others == 0 else { throw StoreOpenError.foreign }
      try connection.execute(
        script: """
          CREATE TABLE store_schema (
            one smallint PRIMARY KEY CHECK (one = 1),
            version bigint NOT NULL,
            readable_from bigint NOT NULL
          );
          INSERT INTO store_schema (one, version, readable_from) VALUES (1, 0, 0);
          """)
    }
    let row = connection.statement("SELECT version, readable_from FROM store_schema WHERE one = 1")
    guard try row.step() else { throw StoreOpenError.foreign }
    return (row.int(0), row.int(1))
  }
}

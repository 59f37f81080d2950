/// Brings a database to the schema of this version: numbered steps, forward only, one transaction
/// each, so that a crash leaves the one before or the one after.
struct Migration {
  /// The schema that the step makes, from 1.
  var number: Int64
  var script: String

  static let all = [
    Migration(number: 1, script: Schema.version1),
    Migration(number: 2, script: Schema.version2),
    Migration(number: 3, script: Schema.operationQueues),
    Migration(number: 4, script: Schema.retentionAndHistory),
    Migration(number: 5, script: Schema.deploymentConditions),
    Migration(number: 6, script: Schema.holds),
    Migration(number: 7, script: Schema.places),
    Migration(number: 8, script: Schema.folders),
    Migration(number: 9, script: Schema.leases),
    Migration(number: 10, script: Schema.actingFor),
    Migration(number: 11, script: Schema.keptHosts),
    Migration(number: 12, script: Schema.tokenKey),
    Migration(number: 13, script: Schema.traces),
    Migration(number: 14, script: Schema.audit),
    Migration(number: 15, script: Schema.projectChanges),
    Migration(number: 16, script: Schema.auditTimes),
    Migration(number: 17, script: Schema.laneLeases),
    Migration(number: 18, script: Schema.restores),
  ]

  /// The newest schema that this version knows.
  static var newest: Int64 { all.last?.number ?? 0 }

  /// "trkd", in the header of every database of ours.
  private static let applicationId: Int64 = 0x7472_6B64

  /// The schema that the database has, 0 for an empty one.
  ///
  /// Throws `foreign` and `newer` for what must not be touched.
  static func schema(
    of connection: Connection, knowing migrations: [Migration] = all, path: String
  ) throws -> Int64 {
    let schema = try connection.integer("PRAGMA user_version") ?? 0
    let owner = try connection.integer("PRAGMA application_id") ?? 0
    let tables = try connection.integer("SELECT count(*) FROM sqlite_schema") ?? 0
    guard owner == applicationId || (owner == 0 && schema == 0 && tables == 0) else {
      throw StoreOpenError.foreign(path: path)
    }
    let known = migrations.last?.number ?? 0
    guard schema <= known else {
      throw StoreOpenError.newer(path: path, schema: schema, known: known)
    }
    return schema
  }

  /// Applies the steps after `schema`.
  static func run(
    _ migrations: [Migration] = all, on connection: Connection, from schema: Int64
  ) throws(SQLiteError) {
    for migration in migrations where migration.number > schema {
      try connection.execute(
        script: """
          BEGIN IMMEDIATE;
          \(filled(migration.script))
          PRAGMA application_id = \(applicationId);
          PRAGMA user_version = \(migration.number);
          COMMIT;
          """)
    }
  }
}

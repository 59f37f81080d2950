import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// A database of an earlier version is migrated without loss.
@Suite(.timeLimit(.minutes(2))) struct MigrationTests {
  private static let track = Samples.track("t1", endpoints: [Samples.endpoint("api")])
  private static let request = RequestKey(
    caller: "ci", method: .createDeploymentTrack, id: UniqueID(high: 1, low: 2))

  /// Makes a database of version 1: a catalog, a track with its first configuration, a request, and
  /// a log of nine changes, of which the first and the last two were reaped.
  static func makeVersion1(at path: String, vfs: String? = nil) throws {
    let connection = try Connection(path: path, access: .readWrite, vfs: vfs)
    try connection.execute("PRAGMA journal_mode = WAL")
    try connection.execute("PRAGMA synchronous = FULL")
    try connection.execute("PRAGMA foreign_keys = ON")
    try Migration.run(
      [Migration(number: 1, script: Schema.version1)], on: connection, from: 0)
    let transaction = Transaction(connection)
    try connection.execute("BEGIN")
    transaction.isAlone = true
    try putCatalog(transaction, connection)
    try transaction.insertTrack(track)
    // Rows for which version 1 had its own statements.
    try putRequest(connection)
    for _ in 0..<9 { try append(Samples.change(of: track), connection) }
    let revision = try connection.prepare(
      """
      INSERT INTO config_revision (component_key, track_id, number, created_at, actor,
        actor_verified, endpoints)
      VALUES (1, 't1', 1, ?1, 'ci', 1, ?2)
      """)
    revision.bind(1, track.createdAt)
    revision.bind(2, Snapshot.encode(track.endpoints))
    try revision.run()
    try connection.execute("DELETE FROM change_log WHERE sequence IN (1, 8, 9)")
    try connection.execute("COMMIT")
    _ = try connection.checkpoint(.truncate)
  }

  /// The catalog of `Samples`, with environments as they were.
  private static func putCatalog(_ transaction: Transaction, _ connection: Connection) throws {
    try transaction.putCatalogResource(.organization(Organization(id: "acme", tier: .paid)))
    try transaction.putCatalogResource(.project(Project(id: "shop", organizationId: "acme")))
    try connection.execute(
      """
      INSERT INTO environment (id, project_id, name, gitops_repository_url, gitops_branch,
        gitops_path)
      VALUES ('dev', 'shop', 'dev', '', '', ''), ('prod', 'shop', 'prod', '', 'live', 'a')
      """)
    try transaction.putCatalogResource(
      .component(Component(id: "cart", projectId: "shop", type: .webApp)))
  }

  private static func putRequest(_ connection: Connection) throws {
    let row = try connection.prepare(
      """
      INSERT INTO request (caller, method, id, digest, at, response) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      """)
    row.bind(1, request.caller)
    row.bind(2, Int64(request.method.rawValue))
    row.bind(3, request.id.bytes)
    row.bind(4, Digest().bytes)
    row.bind(5, Samples.time())
    row.bind(6, [1])
    try row.run()
  }

  private static func append(_ change: Change, _ connection: Connection) throws {
    let row = try connection.prepare(
      """
      INSERT INTO change_log (kind, resource, at, actor_verified, actor, resource_id, project_id,
        component_id, snapshot)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      """)
    row.bind(1, Int64(change.kind.rawValue))
    row.bind(2, Int64(change.resource.rawValue))
    row.bind(3, change.at)
    row.bind(4, change.actor.isVerified)
    row.bind(5, change.actor.name)
    row.bind(6, change.resourceId)
    row.bind(7, change.projectId)
    row.bind(8, change.componentId)
    row.bind(9, change.snapshot)
    try row.run()
  }

  @Test func `version 1 comes forward with its data, and the log's numbers go on`() async throws {
    let directory = try TemporaryDirectory()
    try Self.makeVersion1(at: directory.path + "/trackd.db")
    try await withStore(in: directory.path) { store in
      var track = Self.track
      track.isLatest = true
      try await expectRead(store, track) { try $0.track(componentId: "cart", id: "t1") }
      let change = Samples.change(of: Self.track)
      let places = (2...7).map { LogPosition(behind: change, sequence: $0).place }
      try await expectRead(store, places.map { LoggedChange(place: $0, change: change) }) {
        // Behind the last one that was dropped.
        let start = LogPosition(sequence: 1, digest: 0).place
        return try #require(try $0.changes(after: start, limit: 99))
      }
      try await expectRead(store, nil) { try $0.changes(after: .start, limit: 99) }
      try await expectRead(store, 9) { try $0.sqlite.newestChange() }
      try await expectRead(store, true) { try $0.request(Self.request) != nil }
      // Environments get the place that empty fields meant, and are found by their folder.
      for (id, place) in [
        ("dev", DeploymentPlace(repositoryURL: "", branch: "main", path: ".")),
        ("prod", DeploymentPlace(repositoryURL: "", branch: "live", path: "a")),
      ] {
        try await expectRead(store, place) {
          try $0.catalogResource(.environment, id: id).flatMap(Environment.init)?.place
        }
        try await expectRead(store, id) {
          try $0.environment(overlapping: place, besides: "other")?.id
        }
      }
      let revision = ConfigRevision(
        componentId: "cart", trackId: "t1", number: 1,
        configs: TrackConfigs(endpoints: Self.track.endpoints), createdAt: Self.track.createdAt,
        actor: Principal(name: "ci", isVerified: true))
      try await expectRead(store, revision) {
        try $0.configRevision(componentId: "cart", trackId: "t1", number: 1)
      }

      try await store.write { transaction in
        for resource in [ResourceKind.image, .deployment] {
          var next = change
          next.resource = resource
          try transaction.appendChange(next)
        }
        try transaction.insertImage(Samples.image("i1"))
        try transaction.insertDeployment(Samples.deployment("d1"))
      }
      try await expectRead(store, [10, 11]) {
        try $0.sqlite.changes(after: 9, limit: 9).map(\.sequence)
      }
    }
  }

  @Test func `an empty log keeps its place`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/trackd.db"
    try Self.makeVersion1(at: path)
    try Connection(path: path, access: .readWrite).execute("DELETE FROM change_log")
    try await withStore(in: directory.path) { store in
      try await store.write { try $0.appendChange(Samples.change(of: Self.track)) }
      try await expectRead(store, [10]) {
        try $0.sqlite.changes(after: 0, limit: 9).map(\.sequence)
      }
    }
  }

  @Test func `what was blocked is due at once`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/trackd.db"
    do {
      let connection = try Connection(path: path, access: .readWrite)
      try connection.execute("PRAGMA journal_mode = WAL")
      try connection.execute("PRAGMA foreign_keys = ON")
      try Migration.run(
        Array(Migration.all.prefix { $0.number <= 2 }), on: connection, from: 0)
      let transaction = Transaction(connection)
      try connection.execute("BEGIN")
      transaction.isAlone = true
      try Self.putCatalog(transaction, connection)
      try transaction.insertTrack(Self.track)
      try connection.execute(
        """
        INSERT INTO operation (component_key, id, kind, track_id, environment_id, step,
          cleanup_step, attempts, due_at, is_blocked, lease_holder, created_at, actor_verified,
          actor, gitops_hash, last_error)
        VALUES (1, 'o1', 2, 't1', '', 1, 0, 3, 5, 1, NULL, 5, 0, 'ada', '', 'down'),
          (1, 'd1', 1, 't1', 'dev', 1, 0, 0, 7, 1, NULL, 7, 0, 'ada', '', '')
        """)
      try connection.execute("COMMIT")
    }
    try await withStore(in: directory.path) { store in
      let window = DueWindow(now: Timestamp(microseconds: 7), far: .latest)
      for (queue, id) in [
        (OperationQueue.deletions, "o1"), (.deployments(environmentId: "dev"), "d1"),
      ] {
        try await expectRead(store, [id]) {
          try $0.dueOperations(in: queue, window, limit: 9).map(\.id)
        }
      }
      let deletion = try await store.read { try $0.operation(id: "o1") }
      #expect(deletion?.attempts == 3)
      #expect(deletion?.lastError == "down")
      #expect(deletion?.actor.name == "ada")
    }
  }

  @Test func `the hosts of older repositories are kept, and no newer ones`() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/trackd.db"
    try Self.makeVersion1(at: path)
    let urls = [
      "https://Git.Corp/a.git", "git@git.corp:b.git", "ssh://git@10.0.0.9:2222/c.git",
      "https://localhost:3000/d.git", "https://8.8.8.8/e.git", "https://169.254.169.254/f",
      "/srv/x",
      "https://ada:s3cret@other/x", "",
    ]
    let old = try Connection(path: path, access: .readWrite)
    for (index, url) in urls.enumerated() {
      let row = try old.prepare(
        """
        INSERT INTO environment (id, project_id, name, gitops_repository_url, gitops_branch,
          gitops_path)
        VALUES (?1, 'shop', '', ?2, '', ?1)
        """)
      row.bind(1, "e\(index)")
      row.bind(2, url)
      try row.run()
    }
    try old.execute("UPDATE component SET repository_url = 'https://source.corp/cart.git'")
    for _ in 0..<2 {
      try await withStore(in: directory.path) { store in
        #expect(store.keptHosts == ["10.0.0.9", "git.corp", "localhost", "source.corp"])
        try await store.write(.catalog) { transaction in
          try transaction.putCatalogResource(
            .environment(
              Environment(
                id: "new", projectId: "shop", name: "new",
                gitopsRepositoryURL: "https://new.corp/x.git", gitopsPath: "new")))
        }
      }
    }
    try await withStore(in: TemporaryDirectory().path) { store in #expect(store.keptHosts == []) }
  }

  @Test func `both ways to the newest schema make the same tables`() async throws {
    func tables(_ prepare: (String) throws -> Void) async throws -> String? {
      let directory = try TemporaryDirectory()
      try prepare(directory.path + "/trackd.db")
      await (try SQLiteTrackStore.open(directory: directory.path)).close()
      return try Connection(path: directory.path + "/trackd.db", access: .readOnly).text(
        """
        SELECT group_concat(sql, char(10)) FROM (
          SELECT type || name || coalesce(sql, '') AS sql FROM sqlite_schema ORDER BY type, name)
        """)
    }
    let fresh = try await tables { _ in }
    let migrated = try await tables { try Self.makeVersion1(at: $0) }
    #expect(fresh != nil && fresh == migrated)
  }

  @Test func `each database has an identity of its own, which stays`() async throws {
    var found: [UniqueID] = []
    for _ in 0..<2 {
      let directory = try TemporaryDirectory()
      for _ in 0..<2 {
        try await withStore(in: directory.path) { store in
          found.append(try await store.read { try $0.databaseId() })
        }
      }
    }
    #expect(found[0] == found[1] && found[2] == found[3] && found[0] != found[2])
  }

  @Test(arguments: PowerCutDisk.Rest.allCases)
  func `a power cut during it leaves a database that comes forward at the next start`(
    _ rest: PowerCutDisk.Rest
  ) throws {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    let path = directory.path + "/trackd.db"
    try Self.makeVersion1(at: path, vfs: disk.name)
    let start = disk.changes
    _ = try Connection.opening(DataDirectory(directory.path), vfs: disk.name)
    #expect(disk.changes > start)
    for changes in start...disk.changes {
      let found = disk.cut(after: changes, leaving: rest, seed: changes)
      let connection = try Connection.opening(DataDirectory(directory.path), vfs: found.name)
      #expect(try connection.integer("PRAGMA user_version") == Migration.newest)
      #expect(try connection.text("PRAGMA integrity_check") == "ok")
      #expect(try connection.text("PRAGMA foreign_key_check") == nil)
      #expect(try connection.integer("SELECT count(*) FROM change_log") == 6)
      #expect(try connection.integer("SELECT count(*) FROM config_revision") == 1)
      #expect(try Transaction(connection).newestChange() == 9)
    }
  }
}

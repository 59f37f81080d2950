import TestSupport
import Testing
import TrackController
import TrackDomain
import TrackStoreSQLite

/// A store with a catalog, and the controllers over it, on a clock that tests move.
///
/// Organizations `free` and `paid` have a project each of the same id; in them are the components
/// `free-service`, `service` (automatic builds), `manual` (a service without them), `web`, `task`,
/// `proxy` and `image` (a web application that brings its image).
struct Fixture: Sendable {
  let store: any TrackStore
  /// The folder of the store's files.
  let directory: String
  let clock: Clock
  /// The systems outside of trackd, and the executor's signals.
  let world = FakeWorld()
  let signals = OperationSignals()
  let tracks: TrackController
  let catalog: CatalogController
  let ada = Principal(name: "ada", isVerified: false)

  /// Runs `body` with a fixture on an empty store, which is removed afterwards.
  ///
  /// - Parameter executes: whether an executor works on the durable operations meanwhile.
  static func with(
    executes: Bool = true, requestRetention: Duration = .seconds(24 * 3600),
    _ body: (Fixture) async throws -> Void
  ) async throws {
    let clock = Clock()
    var options = SQLiteStoreOptions(requestRetention: requestRetention)
    options.uptime = { clock.now.microseconds }
    try await withStore(options: options) { store, directory in
      let fixture = try await Fixture(store, directory, clock)
      guard executes else { return try await body(fixture) }
      let executor = fixture.execute()
      do {
        try await body(fixture)
      } catch {
        await executor.drain()
        throw error
      }
      await executor.drain()
    }
  }

  /// Starts an executor of the store, which the test drains or kills.
  func execute(
    signals: OperationSignals? = nil, options: ExecutorOptions = ExecutorOptions(),
    death: StepBoundary? = nil
  ) -> RunningExecutor {
    let clock = clock
    return RunningExecutor(
      store: store, world: world, signals: signals ?? self.signals, options: options,
      now: { clock.now }, death: death)
  }

  private init(_ store: any TrackStore, _ directory: String, _ clock: Clock) async throws {
    self.store = store
    self.directory = directory
    self.clock = clock
    tracks = TrackController(
      store: store, integrations: world.integrations(), operations: signals, now: { clock.now })
    catalog = CatalogController(store: store, now: { clock.now })
    for tier in [OrganizationTier.free, .paid] {
      let id = "\(tier)"
      try await put(OrganizationDraft(id: id, tier: tier))
      try await put(ProjectDraft(id: id, organizationId: id))
    }
    try await put(ComponentDraft(id: "free-service", projectId: "free", type: .service))
    try await put(
      ComponentDraft(id: "service", projectId: "paid", type: .service, autoBuildOnCommit: true))
    try await put(
      ComponentDraft(id: "manual", projectId: "paid", type: .service, autoBuildOnCommit: false))
    try await put(ComponentDraft(id: "web", projectId: "paid", type: .webApp))
    try await put(ComponentDraft(id: "task", projectId: "paid", type: .task))
    try await put(ComponentDraft(id: "proxy", projectId: "paid", type: .apiProxy))
    try await put(
      ComponentDraft(id: "image", projectId: "paid", type: .webApp, imageSource: .registry))
  }

  @discardableResult
  func put<Draft: CatalogDraft>(
    _ draft: Draft, etag: String = "", options: MutationOptions = MutationOptions()
  ) async throws -> Draft.Value {
    try await catalog.put(draft, etag: etag, options: options, by: ada)
  }

  /// Creates a track one second after the one before.
  @discardableResult
  func create(
    _ componentId: String, _ version: String = "", id: String = "", branch: String = "",
    autoDeploy: Bool = false, options: MutationOptions = MutationOptions()
  ) async throws -> Track {
    clock.advance(seconds: 1)
    return try await tracks.create(
      CreateTrack(
        componentId: componentId, id: id, apiVersion: version, branch: branch,
        autoDeployEnabled: autoDeploy, options: options), by: ada)
  }

  /// All tracks of a component, highest version first.
  func all(_ componentId: String) async throws -> [Track] {
    try await tracks.tracks(ListTracks(componentId: componentId)).tracks
  }

  func changes(after place: LogPlace = .start) async throws -> [LoggedChange] {
    try #require(try await store.read { try $0.changes(after: place, limit: 10_000) })
  }

  /// The place behind the newest change of the log.
  func lastPlace() async throws -> LogPlace {
    try await store.read { try $0.newestPlace() }
  }
}

/// Expects that `body` is refused for `reason`.
@discardableResult
func expectRefusal<Value>(
  _ reason: ErrorReason, _ kind: DomainError.Kind,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () async throws -> Value
) async -> DomainError? {
  let error = await #expect(throws: DomainError.self, sourceLocation: sourceLocation) {
    _ = try await body()
  }
  #expect(error?.reason == reason, sourceLocation: sourceLocation)
  #expect(error?.kind == kind, sourceLocation: sourceLocation)
  return error
}

import Protobuf
import RPC
import RPCInProcess
import TestSupport
import Testing
import TrackAccess
import TrackController
import TrackDomain
import TrackMessages
import TrackServices
import TrackStoreSQLite

/// Clients of both services, connected in memory.
struct Connection: Sendable {
  let tracks: DeploymentTrackServiceClient
  let catalog: CatalogServiceClient
  let access: AccessServiceClient
  let audit: AuditServiceClient
  let diagnostics: DiagnosticsServiceClient
  let server: RPCServer
  /// The loop of the calls; tests with a manual clock move it.
  let loop: InProcessLoop

  /// Runs `body` against services over `store`.
  static func open(
    _ store: any TrackStore, observer: (any CallObserver)? = nil,
    clock: InProcessLoop.Clock = .system, admission: any RequestAdmission = CallerAdmission(),
    policy: AccessControl? = nil, seal: (any TokenSeal)? = nil,
    _ body: @Sendable (Connection) async throws -> Void
  ) async throws {
    let loop = InProcessLoop(clock: clock)
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let now = SQLiteStoreOptions.systemTime
    let executor = RunningExecutor(store: store, world: FakeWorld(), now: now)
    let access = CallerAccess(policy)
    let catalog = CatalogController(store: store, seal: seal, now: now)
    let server = RPCServer(
      transports: [transport.server],
      services: [
        DeploymentTrackService(
          TrackController(store: store, operations: executor.signals, seal: seal, now: now),
          watch: WatchHub(store: store, executors: [loop], seal: seal, policy: policy),
          access: access),
        CatalogService(catalog, access: access), AccessService(catalog, access: access),
        AuditService(
          AuditController(store: store, seal: seal, chain: UnsealedAudit()),
          followers: AuditFollowers(store, policy: policy), access: access),
        DiagnosticsService(FakeDiagnostics(), access: access, now: now),
      ], admission: admission, observers: observer.map { [$0] } ?? [])
    let client = RPCClient(transport: transport.client)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.serve() }
      group.addTask { try await client.run() }
      let connection = Connection(
        tracks: DeploymentTrackServiceClient(client), catalog: CatalogServiceClient(client),
        access: AccessServiceClient(client), audit: AuditServiceClient(client),
        diagnostics: DiagnosticsServiceClient(client),
        server: server, loop: loop)
      do {
        try await body(connection)
      } catch {
        group.cancelAll()
        throw error
      }
      client.beginGracefulShutdown()
      server.beginGracefulShutdown()
      try await group.waitForAll()
    }
    await executor.drain()
  }

  /// Runs `body` on a new store that has organization `acme` (paid), its project `shop` and the
  /// service `cart` in that.
  static func fresh(
    observer: (any CallObserver)? = nil, clock: InProcessLoop.Clock = .system,
    _ body: @Sendable (Connection) async throws -> Void
  ) async throws {
    try await withStore { store in
      try await open(store, observer: observer, clock: clock) { connection in
        try await connection.fill()
        try await body(connection)
      }
    }
  }

  func fill() async throws {
    _ = try await catalog.putOrganization(
      PutOrganizationRequest.with {
        $0.organization = TrackMessages.Organization.with {
          $0.id = "acme"
          $0.tier = .paid
        }
      })
    _ = try await catalog.putProject(
      PutProjectRequest.with {
        $0.project = TrackMessages.Project.with {
          $0.id = "shop"
          $0.organizationId = "acme"
        }
      })
    _ = try await catalog.putComponent(
      PutComponentRequest.with {
        $0.component = TrackMessages.Component.with {
          $0.id = "cart"
          $0.projectId = "shop"
          $0.type = .service
          $0.autoBuildOnCommit = true
        }
      })
  }

  /// Creates a track of `cart`.
  @discardableResult
  func create(
    _ version: String, options: CallOptions = CallOptions(),
    _ change: (inout CreateDeploymentTrackRequest) -> Void = { _ in }
  ) async throws -> DeploymentTrack {
    var request = CreateDeploymentTrackRequest.with {
      $0.componentId = "cart"
      $0.apiVersion = version
    }
    change(&request)
    return try #require(
      try await tracks.createDeploymentTrack(request, options: options).deploymentTrack)
  }
}

/// A server of which one part is in trouble.
struct FakeDiagnostics: DiagnosticsSource {
  let version = "7.8.9"
  let uptime = Swift.Duration.milliseconds(90_250)

  func findings() async -> [DiagnosticFinding] {
    [
      DiagnosticFinding("store", .ok), DiagnosticFinding("git", .warning, "slow", advice: "wait"),
      DiagnosticFinding("deployer", .failed, "gone", advice: "look"),
      DiagnosticFinding("operations", .unknown),
    ]
  }
}

extension Message {
  /// A message with some fields set.
  static func with(_ change: (inout Self) -> Void) -> Self {
    var message = Self()
    change(&message)
    return message
  }
}

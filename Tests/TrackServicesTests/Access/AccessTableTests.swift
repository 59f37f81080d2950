import RPC
import TestSupport
import Testing
import TrackAccess
import TrackController
import TrackDomain
import TrackMessages
import TrackServices
import TrackStoreSQLite

/// Every RPC with every verb in every scope: who has what it needs may call, and nobody else.
@Suite(.timeLimit(.minutes(2))) struct AccessTableTests {
  /// Of a call of `token:one`.
  private static func metadata(_ deploymentId: String = "") -> Metadata {
    var metadata = Metadata()
    try? metadata.add("test-caller", "token:one")
    try? metadata.add("test-deployment", deploymentId)
    return metadata
  }

  @Test func `every method says what it needs, and has cases here`() async throws {
    try await withStore { store in
      var router = Router()
      let catalog = CatalogController(store: store, now: SQLiteStoreOptions.systemTime)
      let tracks = TrackController(store: store, now: SQLiteStoreOptions.systemTime)
      let access = CallerAccess()
      let services: [any RegistrableService] = [
        DeploymentTrackService(tracks, watch: WatchHub(store: store, executors: [])),
        CatalogService(catalog), AccessService(catalog, access: access),
        AuditService(
          AuditController(store: store, chain: UnsealedAudit()), followers: AuditFollowers(store)),
        DiagnosticsService(
          FakeDiagnostics(), access: access, now: SQLiteStoreOptions.systemTime),
      ]
      for service in services { service.register(in: &router) }
      let inTable = Set(AccessCase.all.map(\.method.path))
      #expect(router.methods.count > inTable.count)
      for method in router.methods {
        let isOpen = method.customOption(50_102) == 1
        #expect((1...7).contains(method.customOption(50_101) ?? 0) != isOpen, "\(method)")
        #expect(inTable.contains(method.path) != isOpen, "\(method) has no case")
      }
    }
  }

  @Test func `the least verb of a method is the one that its contract names`() {
    for one in AccessCase.all {
      let verb = one.method.customOption(50_101).flatMap { Int32(exactly: $0) }
        .map { TrackMessages.Verb(rawValue: $0).name?.dropFirst("VERB_".count).lowercased() }
      #expect(one.verbs.map(\.rawValue).contains((verb ?? nil) ?? "none"), "\(one)")
    }
  }

  @Test(arguments: GrantedScope.allCases)
  func `a method may be called by who has its verbs in its scope, and by nobody else`(
    scope: GrantedScope
  ) async throws {
    let control = AccessControl(try Policy.everything)
    try await Connection.withPolicy(control) { connection in
      let deploymentId = try await connection.prepareForAccess()
      let options = CallOptions(metadata: Self.metadata(deploymentId))
      for verbs in TrackDomain.Verb.allCases.map({ Set([$0]) }) + AccessCase.pairs {
        control.replace(with: try Policy.granting(verbs, in: scope))
        for one in AccessCase.all {
          let outcome = await Outcome(connection, options, one)
          #expect(outcome == one.expected(verbs, in: scope), "\(one) with \(verbs) in \(scope)")
        }
      }
    }
  }

  @Test func `a save goes where its caller may deploy, and says why it does not elsewhere`()
    async throws
  {
    let control = AccessControl(try Policy.everything)
    try await Connection.withPolicy(control) { connection in
      _ = try await connection.prepareForAccess()
      _ = try await connection.tracks.updateDeploymentTrack(
        .with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.autoDeployEnabled = true
        })
      let options = CallOptions(metadata: Self.metadata())
      func save(_ environmentId: String) async throws -> SaveDeploymentTrackImageResponse {
        try await connection.tracks.saveDeploymentTrackImage(
          AccessCase.saving { $0.environmentId = environmentId }, options: options)
      }
      control.replace(with: try Policy.granting([.save], in: .component))
      for environment in ["dev", "prod", "no-such-environment"] {
        let saved = try await save(environment)
        #expect(saved.autoDeploy == .refused && saved.autoDeployReason == "NO_RIGHT")
        #expect(saved.autoDeployMessage.contains("deploy for component cart in environment"))
      }
      // Auto-deploy was switched on by who might, and goes on.
      #expect(try await save("").autoDeploy == .started)
      control.replace(with: try Policy.granting([.save, .deploy], in: .componentInEnvironment))
      // Saving is the component's, not an environment's.
      try await expectRefusal(.notFound, "COMPONENT_NOT_FOUND") { try await save("dev") }
      control.replace(with: try Policy.granting([.save, .deploy], in: .component))
      #expect(try await save("dev").autoDeploy == .started)
    }
  }

  @Test func `leaving auto-deploy on needs no right to deploy`() async throws {
    let control = AccessControl(try Policy.everything)
    try await Connection.withPolicy(control) { connection in
      _ = try await connection.prepareForAccess()
      let options = CallOptions(metadata: Self.metadata())
      let request = UpdateDeploymentTrackRequest.with {
        $0.componentId = "cart"
        $0.deploymentTrackId = "one"
        $0.autoDeployEnabled = true
      }
      control.replace(with: try Policy.granting([.write], in: .component))
      try await expectRefusal(.permissionDenied, "NO_RIGHT") {
        try await connection.tracks.updateDeploymentTrack(request, options: options)
      }
      control.replace(with: try Policy.granting([.write, .deploy], in: .component))
      _ = try await connection.tracks.updateDeploymentTrack(request, options: options)
      control.replace(with: try Policy.granting([.write], in: .component))
      _ = try await connection.tracks.updateDeploymentTrack(request, options: options)
    }
  }

  @Test func `rights are asked for before a request id is looked up`() async throws {
    let control = AccessControl(try Policy.everything)
    try await Connection.withPolicy(control) { connection in
      _ = try await connection.prepareForAccess()
      let options = CallOptions(metadata: Self.metadata())
      let request = SaveDeploymentTrackImageRequest.with {
        $0 = AccessCase.saving()
        $0.validateOnly = false
        $0.requestId = "5e0c71d2-0000-4000-8000-000000000001"
      }
      _ = try await connection.tracks.saveDeploymentTrackImage(request, options: options)
      control.replace(with: try Policy.granting([.read], in: .component))
      try await expectRefusal(.permissionDenied, "NO_RIGHT") {
        try await connection.tracks.saveDeploymentTrackImage(request, options: options)
      }
      control.replace(with: try Policy.granting([.save], in: .otherComponent))
      try await expectRefusal(.notFound, "COMPONENT_NOT_FOUND") {
        try await connection.tracks.saveDeploymentTrackImage(request, options: options)
      }
    }
  }
}

/// How a call of the table ended, as far as rights are concerned.
enum Outcome: Equatable {
  case allowed, denied, missing, notListed

  init(_ connection: Connection, _ options: CallOptions, _ one: AccessCase) async {
    do {
      try await one.call(connection, options)
      self = .allowed
    } catch is NotListed {
      self = .notListed
    } catch let error as RPCError {
      let reason = error.detail(ErrorInfo.self)?.reason ?? ""
      switch (error.code, one.denial) {
      case (.permissionDenied, _): self = .denied
      case (.notFound, .missing(let own)) where reason == own: self = .missing
      case (.notFound, .filtered): self = .notListed
      default: self = .allowed
      }
    } catch {
      self = .allowed
    }
  }
}

extension AccessCase {
  /// The pairs of verbs that some field needs.
  static let pairs: [Set<TrackDomain.Verb>] = [
    [.write, .deploy], [.deploy, .bypass], [.rollback, .bypass],
  ]

  func expected(_ granted: Set<TrackDomain.Verb>, in scope: GrantedScope) -> Outcome {
    if verbs.isSubset(of: granted), scopes.contains(scope) { return .allowed }
    switch denial {
    case .missing: return knownIn.contains(scope) ? .denied : .missing
    case .denied: return .denied
    case .filtered: return .notListed
    }
  }
}

extension Policy {
  /// Everything, for everybody.
  static var everything: Policy {
    get throws {
      try Policy(
        yaml: Array(
          """
          roles: {all: [read, save, write, deploy, rollback, bypass, administer]}
          bindings: [{role: all, principals: ["*"], scope: all}]
          """.utf8))
    }
  }

  /// Some verbs in one scope for `token:one`.
  static func granting(
    _ verbs: Set<TrackDomain.Verb>, in scope: GrantedScope
  ) throws -> Policy {
    try Policy(
      yaml: Array(
        """
        roles: {some: [\(verbs.map(\.rawValue).sorted().joined(separator: ", "))]}
        bindings: [{role: some, principals: [token:one], scope: \(scope.rawValue)}]
        """.utf8))
  }
}

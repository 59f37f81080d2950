import Protobuf
import RPC
import RPCInProcess
import TestSupport
import Testing
import TrackAccess
import TrackMessages
import TrackServices
import TrackStoreSQLite

/// Takes the caller's word for who calls: metadata `test-caller`.
struct TestAdmission: RequestAdmission {
  func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
    let caller = Caller(principal: request.metadata["test-caller"] ?? "token:maker")
    storage[CallerKey.self] = ProvedCaller(caller, .connection)
  }
}

extension Connection {
  /// Runs `body` against services under a policy, on a new store with organizations `acme` and
  /// `other`.
  static func withPolicy(
    _ control: AccessControl, _ body: @Sendable (Connection) async throws -> Void
  ) async throws {
    try await withStore { store in
      try await open(
        store, admission: MethodAdmission(TestAdmission(), policy: control), policy: control,
        seal: KeySeal(store.tokenKey)
      ) { connection in
        try await connection.fill()
        try await body(connection)
      }
    }
  }

  /// Environments and a pipeline of `shop`, component `web`, a track `one` of `cart`, and a deployment of
  /// it into `dev`.
  ///
  /// - Returns: the id of the deployment.
  func prepareForAccess() async throws -> String {
    for id in ["dev", "prod"] {
      _ = try await catalog.putEnvironment(
        .with {
          $0.environment = .with {
            $0.id = id
            $0.projectId = "shop"
            $0.name = id
          }
        })
    }
    _ = try await catalog.putDeploymentPipeline(
      .with {
        $0.deploymentPipeline = .with {
          $0.id = "main"
          $0.projectId = "shop"
          $0.environmentIds = ["dev", "prod"]
        }
      })
    for id in ["cart", "web"] {
      _ = try await catalog.putComponent(
        .with {
          $0.component = .with {
            $0.id = id
            $0.projectId = "shop"
            $0.type = .service
            $0.autoBuildOnCommit = true
            $0.defaultPipelineId = "main"
          }
        })
    }
    try await create("v1.0") {
      $0.id = "one"
      $0.branch = "main"
    }
    try await create("v2.0") { $0.branch = "main" }
    let saved = try await tracks.saveDeploymentTrackImage(
      AccessCase.saving {
        $0.runId = "1"
        $0.validateOnly = false
      })
    let deployed = try await tracks.deployDeploymentTrack(
      .with {
        $0.componentId = "cart"
        $0.deploymentTrackId = "one"
        $0.environmentId = "dev"
        $0.imageId = saved.image?.imageId ?? ""
      })
    return try #require(deployed.deployment?.id)
  }
}

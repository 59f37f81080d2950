import Protobuf
import RPC
import TestSupport
import Testing
import TrackAccess
import TrackDomain
import TrackMessages
import TrackServices

/// What callers are told who may change something, and not read it.
@Suite(.timeLimit(.minutes(2))) struct UntoldNamesTests {
  private static let options: CallOptions = {
    var metadata = Metadata()
    try? metadata.add("test-caller", "token:one")
    return CallOptions(metadata: metadata)
  }()

  private static func with(
    _ body: @Sendable (Connection, AccessControl, String) async throws -> Void
  ) async throws {
    let control = AccessControl(try Policy.everything)
    try await Connection.withPolicy(control) { connection in
      let deploymentId = try await connection.prepareForAccess()
      try await body(connection, control, deploymentId)
    }
  }

  /// Waits until the deployment has succeeded.
  private static func ended(_ connection: Connection, _ id: String) async throws {
    let request = GetDeploymentRequest.with {
      $0.componentId = "cart"
      $0.deploymentTrackId = "one"
      $0.deploymentId = id
    }
    while try await connection.tracks.getDeployment(request).deployment?.state != .succeeded {
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  @Test func `a save is told neither where an image is, nor what is newer`() async throws {
    try await Self.with { connection, control, deploymentId in
      try await Self.ended(connection, deploymentId)
      _ = try await connection.tracks.updateDeploymentTrack(
        .with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.autoDeployEnabled = true
        })
      func save(
        _ runId: String, at seconds: Int64, _ options: CallOptions
      ) async throws -> SaveDeploymentTrackImageResponse {
        try await connection.tracks.saveDeploymentTrackImage(
          AccessCase.saving {
            $0.runId = runId
            $0.validateOnly = runId != "1"
            $0.gitHash = String(repeating: runId == "1" ? "a" : "b", count: 40)
            $0.gitHashCommitTimestamp = Protobuf.Timestamp.with { $0.seconds = seconds }
          }, options: options)
      }
      let older: Int64 = 1_600_000_000
      var known = try await save("1", at: 1_700_000_000, CallOptions())
      #expect(known.image?.deployedIn == ["dev"])
      known = try await save("2", at: older, CallOptions())
      #expect(known.autoDeploy == .staleCommit && known.autoDeployMessage.contains("dev"))
      control.replace(with: try Policy.granting([.save], in: .component))
      var told = try await save("1", at: 1_700_000_000, Self.options)
      #expect(told.image?.imageId.isEmpty == false && told.image?.deployedIn == [])
      told = try await save("2", at: older, Self.options)
      #expect(told.autoDeploy == .staleCommit && !told.autoDeployMessage.isEmpty)
      #expect(!told.autoDeployMessage.contains("dev"))
      // A deployment that names an environment which the request does not is not told, either.
      told = try await save("3", at: 1_750_000_000, Self.options)
      #expect(told.autoDeploy == .started && told.deployment == nil)
      control.replace(with: try Policy.granting([.save, .read], in: .component))
      #expect(try await save("1", at: 1_700_000_000, Self.options).image?.deployedIn == ["dev"])
    }
  }

  @Test func `an etag is told to who may read`() async throws {
    try await Self.with { connection, control, _ in
      let request = ApplyComponentConfigRequest.with {
        $0.componentId = "cart"
        $0.deploymentTrackId = "one"
        $0.commitHash = String(repeating: "a", count: 40)
        $0.etag = "\"1\""
      }
      control.replace(with: try Policy.granting([.write], in: .component))
      let untold = try await expectRefusal(.aborted, "ETAG_MISMATCH") {
        try await connection.tracks.applyComponentConfig(request, options: Self.options)
      }
      #expect(untold.info.metadata.isEmpty)
      control.replace(with: try Policy.granting([.write, .read], in: .component))
      let told = try await expectRefusal(.aborted, "ETAG_MISMATCH") {
        try await connection.tracks.applyComponentConfig(request, options: Self.options)
      }
      #expect(told.info.metadata["etag"] != nil)
    }
  }

  @Test func `a change of a track tells what it set, and the rest to who may read`() async throws {
    try await Self.with { connection, control, _ in
      _ = try await connection.tracks.updateDeploymentTrack(
        .with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.description = "not for everybody"
        })
      func update() async throws -> DeploymentTrack {
        try #require(
          try await connection.tracks.updateDeploymentTrack(
            .with {
              $0.componentId = "cart"
              $0.deploymentTrackId = "one"
              $0.branch = "main"
            }, options: Self.options
          ).deploymentTrack)
      }
      func configure() async throws -> UpdateDeploymentTrackConfigsResponse {
        try await connection.tracks.updateDeploymentTrackConfigs(
          .with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
            $0.setEnvironmentVariables = [
              .with {
                $0.name = "A"
                $0.source = .value("not for everybody")
              }
            ]
          }, options: Self.options)
      }
      control.replace(with: try Policy.granting([.write], in: .component))
      let untold = try await update()
      #expect(untold.id == "one" && untold.branch == "main" && !untold.etag.isEmpty)
      #expect(untold.description.isEmpty && untold.apiVersion.isEmpty)
      #expect(try await !configure().jsonString().contains("not for everybody"))
      control.replace(with: try Policy.granting([.write, .read], in: .component))
      let told = try await update()
      #expect(told.description == "not for everybody" && told.etag != untold.etag)
      #expect(try await configure().jsonString().contains("not for everybody"))
    }
  }

  @Test func `a deletion tells the component's latest track to who may read`() async throws {
    try await Self.with { connection, control, _ in
      func delete() async throws -> String {
        try await connection.tracks.deleteDeploymentTrack(
          .with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
            $0.force = true
            $0.validateOnly = true
          }, options: Self.options
        ).latestDeploymentTrackId
      }
      control.replace(with: try Policy.granting([.write], in: .component))
      #expect(try await delete().isEmpty)
      control.replace(with: try Policy.granting([.write, .read], in: .component))
      #expect(try await !delete().isEmpty)
    }
  }

  @Test func `who may neither read nor cancel learns nothing of deployments`() async throws {
    try await Self.with { connection, control, deploymentId in
      func refusal(_ id: String) async throws -> Refusal {
        try await expectRefusal(.permissionDenied, "NO_RIGHT") {
          try await connection.tracks.cancelDeployment(
            .with {
              $0.componentId = "cart"
              $0.deploymentTrackId = "one"
              $0.deploymentId = id
              $0.validateOnly = true
            }, options: Self.options)
        }
      }
      control.replace(with: try Policy.granting([.save], in: .component))
      let told = try await (refusal(deploymentId), refusal("none"))
      #expect(told.0.info.metadata == told.1.info.metadata)
      #expect(told.0.error.message == told.1.error.message)
      #expect(told.0.info.metadata == ["verb": "deploy", "scope": "component cart"])
    }
  }

  @Test func `who knows an environment alone is told of the environment`() async throws {
    try await Self.with { connection, control, _ in
      func scope() async throws -> String? {
        try await expectRefusal(.permissionDenied, "NO_RIGHT") {
          try await connection.catalog.deleteEnvironment(
            .with { $0.environmentId = "dev" }, options: Self.options)
        }.info.metadata["scope"]
      }
      control.replace(with: try Policy.granting([.read], in: .environment))
      #expect(try await scope() == "environment dev")
      control.replace(with: try Policy.granting([.read], in: .project))
      #expect(try await scope() == "project shop")
    }
  }

  @Test func `what uses a resource is told to who may read it`() async throws {
    try await Self.with { connection, control, _ in
      func refusal() async throws -> Refusal {
        try await expectRefusal(.failedPrecondition, "PROJECT_IN_USE") {
          try await connection.catalog.deleteProject(
            .with { $0.projectId = "shop" }, options: Self.options)
        }
      }
      control.replace(with: try Policy.granting([.administer], in: .project))
      #expect(try await refusal().info.metadata.isEmpty)
      #expect(try await !refusal().error.message.contains("cart"))
      control.replace(with: try Policy.granting([.administer, .read], in: .project))
      #expect(try await refusal().error.message.contains("cart"))
    }
  }
}

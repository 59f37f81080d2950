import Protobuf
import RPC
import Testing
import TrackMessages

/// Deployments as clients see them.
@Suite(.timeLimit(.minutes(2))) struct DeploymentServiceTests {
  /// Creates `cart` with environment `dev`, track `one`, and an image. Returns the image's id.
  private func prepare(_ connection: Connection) async throws -> String {
    _ = try await connection.catalog.putEnvironment(
      PutEnvironmentRequest.with {
        $0.environment = TrackMessages.Environment.with {
          $0.id = "dev"
          $0.projectId = "shop"
          $0.name = "dev"
        }
      })
    try await connection.create("v1.0") {
      $0.id = "one"
      $0.branch = "main"
    }
    let saved = try await connection.tracks.saveDeploymentTrackImage(
      SaveDeploymentTrackImageRequest.with {
        $0.organizationId = "acme"
        $0.projectId = "shop"
        $0.componentId = "cart"
        $0.deploymentTrackId = "one"
        $0.runId = "1"
        $0.gitHash = String(repeating: "a", count: 40)
        $0.gitHashCommitTimestamp = Protobuf.Timestamp.with { $0.seconds = 1_700_000_000 }
        $0.images = [ContainerImage.with { $0.reference = "registry.example/cart:1" }]
      })
    return try #require(saved.image?.imageId)
  }

  private func request(_ imageId: String) -> DeployDeploymentTrackRequest {
    DeployDeploymentTrackRequest.with {
      $0.componentId = "cart"
      $0.deploymentTrackId = "one"
      $0.environmentId = "dev"
      $0.imageId = imageId
      $0.reason = "because"
    }
  }

  private func get(_ connection: Connection, _ id: String) async throws -> Deployment {
    let response = try await connection.tracks.getDeployment(
      GetDeploymentRequest.with {
        $0.componentId = "cart"
        $0.deploymentTrackId = "one"
        $0.deploymentId = id
      })
    return try #require(response.deployment)
  }

  private func ended(_ connection: Connection, _ id: String) async throws -> Deployment {
    while true {
      let deployment = try await get(connection, id)
      if deployment.endedAt != nil { return deployment }
      await Task.yield()
    }
  }

  @Test func `accepts a deployment, and shows it to its end`() async throws {
    try await Connection.fresh { (connection) async throws in
      let image = try await prepare(connection)
      var options = CallOptions()
      try options.metadata.add("trackd-actor", "ada")
      let accepted = try #require(
        try await connection.tracks.deployDeploymentTrack(request(image), options: options)
          .deployment)
      #expect(accepted.state == .queued)
      let ended = try await ended(connection, accepted.id)
      #expect(ended.state == .succeeded)
      #expect(ended.kind == .deploy)
      #expect(ended.componentId == "cart")
      #expect(ended.deploymentTrackId == "one")
      #expect(ended.environmentId == "dev")
      #expect(ended.imageId == image)
      #expect(ended.reason == "because")
      #expect(ended.actor == "ada")
      #expect(!ended.actorVerified)
      #expect(ended.gitopsHash == "commit-1")
      #expect(!ended.releaseMgtReleaseId.isEmpty)
      #expect(ended.createdAt == accepted.createdAt)
      #expect(ended.startedAt != nil)
    }
  }

  @Test func `lists the history page by page, the newest first`() async throws {
    try await Connection.fresh { (connection) async throws in
      let image = try await prepare(connection)
      var ids: [String] = []
      for _ in 0..<5 {
        let accepted = try await connection.tracks.deployDeploymentTrack(request(image))
        ids.append(try await ended(connection, accepted.deployment?.id ?? "").id)
      }
      var request = ListDeploymentsRequest.with {
        $0.componentId = "cart"
        $0.deploymentTrackId = "one"
        $0.pageSize = 2
      }
      var listed: [String] = []
      repeat {
        let page = try await connection.tracks.listDeployments(request)
        #expect(page.deployments.count <= 2)
        listed += page.deployments.map(\.id)
        request.pageToken = page.nextPageToken
      } while !request.pageToken.isEmpty
      #expect(listed == ids.reversed())

      request.environmentId = "elsewhere"
      #expect(try await connection.tracks.listDeployments(request).deployments.isEmpty)
      request.pageToken = "nonsense"
      try await expectRefusal(.invalidArgument, "INVALID_PAGE_TOKEN") {
        try await connection.tracks.listDeployments(request)
      }
      request.pageToken = ""
      request.pageSize = -1
      try await expectRefusal(.invalidArgument, "INVALID_PAGE_SIZE") {
        try await connection.tracks.listDeployments(request)
      }
      request.pageSize = 0
      request.deploymentTrackId = "missing"
      try await expectRefusal(.notFound, "TRACK_NOT_FOUND") {
        try await connection.tracks.listDeployments(request)
      }
    }
  }

  @Test func `refuses with the codes of the contract`() async throws {
    try await Connection.fresh { (connection) async throws in
      let image = try await prepare(connection)
      var request = request(image)
      request.expectedCurrentDeploymentId = "another"
      try await expectRefusal(.aborted, "CURRENT_DEPLOYMENT_CHANGED") {
        try await connection.tracks.deployDeploymentTrack(request)
      }
      request.expectedCurrentDeploymentId = ""
      request.releaseMgtReleaseId = "one"
      let refusal = try await expectRefusal(.invalidArgument, "INVALID_RELEASE") {
        try await connection.tracks.deployDeploymentTrack(request)
      }
      #expect(refusal.fields == ["release_mgt_deployment_id"])
      request.releaseMgtReleaseId = ""
      request.apiSettings = ApiSettings.with { $0.rateLimitTier = "PLATINUM" }
      try await expectRefusal(.invalidArgument, "INVALID_API_SETTINGS") {
        try await connection.tracks.deployDeploymentTrack(request)
      }
      try await expectRefusal(.failedPrecondition, "NO_ROLLBACK_TARGET") {
        try await connection.tracks.rollBackDeploymentTrack(
          RollBackDeploymentTrackRequest.with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
            $0.environmentId = "dev"
          })
      }
      try await expectRefusal(.notFound, "DEPLOYMENT_NOT_FOUND") {
        try await connection.tracks.cancelDeployment(
          CancelDeploymentRequest.with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
            $0.deploymentId = "missing"
          })
      }
      let resumed = try await connection.tracks.resumeAutoDeploy(
        ResumeAutoDeployRequest.with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.environmentId = "dev"
        })
      #expect(!resumed.resumed)
    }
  }
}

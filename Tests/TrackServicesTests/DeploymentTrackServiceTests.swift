import Protobuf
import RPC
import Testing
import TrackMessages

@Suite(.timeLimit(.minutes(2))) struct DeploymentTrackServiceTests {
  @Test func `keeps every field of a track`() async throws {
    try await Connection.fresh { (connection) async throws in
      var options = CallOptions()
      try options.metadata.add("trackd-actor", "ada")
      let track = try await connection.create("v1.10", options: options) {
        $0.id = "one"
        $0.branch = "feature%2Fx"
        $0.description = "Größe"
        $0.autoDeployEnabled = true
      }
      #expect(track.id == "one")
      #expect(track.componentId == "cart")
      #expect(track.apiVersion == "v1.10")
      #expect(track.versionStrategy == .majorMinor)
      #expect(track.branch == "feature/x")
      #expect(track.description == "Größe")
      #expect(track.autoDeployEnabled)
      #expect(track.latest)
      #expect(track.endpoints.isEmpty)
      #expect(track.configRevision == 0)
      #expect(track.etag == "\"1\"")
      #expect(track.createdAt != nil && track.createdAt == track.updatedAt)
      #expect(track.createdBy == "ada")
      let read = try await connection.tracks.getDeploymentTrack(
        GetDeploymentTrackRequest.with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
        })
      #expect(read.deploymentTrack == track)
    }
  }

  @Test func `keeps every field of an endpoint`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      let given = [
        TrackMessages.Endpoint.with {
          $0.name = "a"
          $0.displayName = "A"
          $0.type = .graphql
          $0.port = 8080
          $0.basePath = "/a"
          $0.schemaFilePath = "schema.graphql"
          $0.networkVisibilities = [.public, .organization, .project]
          $0.origin = .user
        },
        TrackMessages.Endpoint.with {
          $0.name = "b"
          $0.type = .udp
          $0.port = 9090
          $0.networkVisibilities = [.project]
          $0.origin = .user
        },
      ]
      let changed = try await connection.tracks.updateDeploymentTrackConfigs(
        UpdateDeploymentTrackConfigsRequest.with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.endpoints = given
        })
      #expect(changed.deploymentTrack?.endpoints == given)
      #expect(changed.deploymentTrack?.configRevision == 1)
      #expect(try await connection.create("v1.1").endpoints == given)
    }
  }

  @Test(arguments: [
    TrackMessages.EndpointType.rest, .graphql, .grpc, .tcp, .udp, .ws,
  ])
  func `knows every type of endpoint`(type: TrackMessages.EndpointType) async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      let changed = try await connection.tracks.updateDeploymentTrackConfigs(
        UpdateDeploymentTrackConfigsRequest.with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.endpoints = [
            TrackMessages.Endpoint.with {
              $0.name = "a"
              $0.type = type
              $0.port = 8080
              $0.networkVisibilities = [.project]
            }
          ]
        })
      #expect(changed.deploymentTrack?.endpoints.map(\.type) == [type])
    }
  }

  @Test func `tells numbers without a meaning from fields that are fine`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      let refusal = try await expectRefusal(.invalidArgument, "INVALID_ENDPOINT") {
        try await connection.tracks.updateDeploymentTrackConfigs(
          UpdateDeploymentTrackConfigsRequest.with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
            $0.endpoints = [
              TrackMessages.Endpoint.with {
                $0.name = "a"
                $0.type = .unrecognized(99)
                $0.port = 8080
                $0.origin = .unrecognized(99)
              },
              TrackMessages.Endpoint.with {
                $0.name = "b"
                $0.type = .rest
                $0.port = 8080
                $0.networkVisibilities = [.unspecified]
              },
            ]
          })
      }
      #expect(
        refusal.fields == [
          "endpoints[0].origin", "endpoints[0].type", "endpoints[1].network_visibilities",
        ])
    }
  }

  @Test func `updates with presence and with masks`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") {
        $0.id = "one"
        $0.branch = "main"
        $0.autoDeployEnabled = true
      }
      let off = try await connection.tracks.updateDeploymentTrack(
        UpdateDeploymentTrackRequest.with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.autoDeployEnabled = false
          $0.etag = "\"1\""
        })
      #expect(off.deploymentTrack?.autoDeployEnabled == false)
      #expect(off.deploymentTrack?.branch == "main")
      #expect(off.deploymentTrack?.etag == "\"2\"")
      let unlinked = try await connection.tracks.updateDeploymentTrack(
        UpdateDeploymentTrackRequest.with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.description = "not in the mask"
          $0.updateMask = FieldMask.with { $0.paths = ["branch"] }
        })
      #expect(unlinked.deploymentTrack?.branch.isEmpty == true)
      #expect(unlinked.deploymentTrack?.description.isEmpty == true)
    }
  }

  @Test func `lists, pages and filters`() async throws {
    try await Connection.fresh { (connection) async throws in
      for minor in 0..<5 { try await connection.create("v1.\(minor)") }
      var request = ListDeploymentTracksRequest.with {
        $0.componentId = "cart"
        $0.pageSize = 2
        $0.filter = "api_version != v1.3"
        $0.orderBy = "api_version asc"
      }
      var found: [String] = []
      repeat {
        let page = try await connection.tracks.listDeploymentTracks(request)
        found += page.deploymentTracks.map(\.apiVersion)
        request.pageToken = page.nextPageToken
      } while !request.pageToken.isEmpty
      #expect(found == ["v1.0", "v1.1", "v1.2", "v1.4"])
    }
  }

  @Test func `deletes, and says which track is the latest`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      try await connection.create("v1.1") { $0.id = "two" }
      let request = DeleteDeploymentTrackRequest.with {
        $0.componentId = "cart"
        $0.deploymentTrackId = "two"
        $0.requestId = "9b2f1c3e-0000-4000-8000-0123456789ab"
      }
      for _ in 0..<2 {
        let response = try await connection.tracks.deleteDeploymentTrack(request)
        #expect(response.latestDeploymentTrackId == "one")
      }
    }
  }

  @Test func `scopes request ids to the actor, and refuses bad ones`() async throws {
    try await Connection.fresh { (connection) async throws in
      let id = "9b2f1c3e-0000-4000-8000-0123456789ab"
      let first = try await connection.create("v1.0") { $0.requestId = id }
      #expect(try await connection.create("v1.0") { $0.requestId = id } == first)
      var options = CallOptions()
      try options.metadata.add("trackd-actor", "bob")
      try await expectRefusal(.alreadyExists, "API_VERSION_EXISTS") {
        try await connection.create("v1.0", options: options) { $0.requestId = id }
      }
      var long = CallOptions()
      try long.metadata.add("trackd-actor", String(repeating: "a", count: 256))
      let refusal = try await expectRefusal(.invalidArgument, "INVALID_ACTOR") {
        try await connection.create("v2.0", options: long)
      }
      #expect(refusal.fields == ["trackd-actor"])
    }
  }

  @Test func `takes names that are not ASCII as bytes`() async throws {
    try await Connection.fresh { (connection) async throws in
      func options(_ text: String?, _ bytes: [UInt8]?) throws -> CallOptions {
        var options = CallOptions()
        if let text { try options.metadata.add("trackd-actor", text) }
        if let bytes { try options.metadata.addBinary("trackd-actor-bin", bytes) }
        return options
      }
      let name = "jürgen"
      let named = try await connection.create("v1.0", options: options(nil, Array(name.utf8)))
      #expect(named.createdBy == name)
      let both = try await connection.create("v1.1", options: options("ann", Array("ann".utf8)))
      #expect(both.createdBy == "ann")
      let nobody = try await connection.create("v1.2", options: options(nil, []))
      #expect(nobody.createdBy == "")
      for (text, bytes) in [
        ("ann", Array("bob".utf8)), (nil, [0x6A, 0xFC]), (nil, [0x61, 0x07]),
        (nil, Array(String(repeating: "ü", count: 256).utf8)),
      ] as [(String?, [UInt8])] {
        let refusal = try await expectRefusal(.invalidArgument, "INVALID_ACTOR") {
          try await connection.create("v2.0", options: options(text, bytes))
        }
        #expect(refusal.fields == ["trackd-actor-bin"])
      }
    }
  }
}

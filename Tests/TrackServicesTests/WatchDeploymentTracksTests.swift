import Protobuf
import RPC
import Synchronization
import TestSupport
import Testing
import TrackController
import TrackDomain
import TrackMessages
import TrackStoreSQLite

@Suite(.timeLimit(.minutes(2))) struct WatchDeploymentTracksTests {
  /// A short description of a message.
  private static func words(_ response: WatchDeploymentTracksResponse) -> String {
    guard let change = response.change else { return "token" }
    let resource =
      switch change.resource {
      case .deploymentTrack(let track): "\(track.apiVersion)\(track.latest ? " latest" : "")"
      case .image(let image): "image \(image.runId)"
      case .deployment(let deployment): "\(deployment.kind) \(deployment.state)"
      case nil: "nothing"
      }
    return "\(change.type) \(resource)"
  }

  private static func request(
    component: String = "", project: String = "", token: String = ""
  ) -> WatchDeploymentTracksRequest {
    .with {
      $0.componentId = component
      $0.projectId = project
      $0.resumeToken = token
    }
  }

  /// Watches until there are `count` messages.
  private static func take(
    _ count: Int, _ connection: Connection, _ request: WatchDeploymentTracksRequest,
    during act: (WatchDeploymentTracksResponse) async throws -> Void = { _ in }
  ) async throws -> [WatchDeploymentTracksResponse] {
    try await connection.tracks.watchDeploymentTracks(request) { responses in
      var taken: [WatchDeploymentTracksResponse] = []
      var iterator = responses.makeAsyncIterator()
      while taken.count < count, let response = try await iterator.next() {
        taken.append(response)
        try await act(response)
      }
      return taken
    }
  }

  @Test func `sends the state, a token, and then every change`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0")
      let found = try await Self.take(5, connection, Self.request(component: "cart")) {
        if Self.words($0) == "token" {
          try await connection.create("v1.1") { $0.id = "two" }
          _ = try await connection.tracks.updateDeploymentTrack(
            .with {
              $0.componentId = "cart"
              $0.deploymentTrackId = "two"
              $0.branch = "main"
            })
        }
      }
      #expect(
        found.map(Self.words) == [
          "existing v1.0 latest", "token", "updated v1.0", "created v1.1 latest",
          "updated v1.1 latest",
        ])
      #expect(found[0].resumeToken.isEmpty)
      #expect(Set(found.dropFirst().map(\.resumeToken)).count == 4)
      #expect(found[0].change?.changedAt == nil)
      #expect(found[3].change?.changedAt != nil)
    }
  }

  @Test func `a deletion has the track as it was before`() async throws {
    try await Connection.fresh { (connection) async throws in
      let gone = try await connection.create("v1.0") { $0.id = "one" }
      try await connection.create("v1.1")
      try await connection.tracks.watchDeploymentTracks(Self.request(component: "cart")) {
        responses in
        for try await response in responses {
          if Self.words(response) == "token" {
            _ = try await connection.tracks.deleteDeploymentTrack(
              .with {
                $0.componentId = "cart"
                $0.deploymentTrackId = "one"
              })
          }
          guard let change = response.change, change.type == .deleted else { continue }
          guard case .deploymentTrack(let track)? = change.resource else { break }
          #expect(track.id == gone.id)
          #expect(track.createdAt == gone.createdAt)
          break
        }
      }
    }
  }

  @Test func `a token goes on behind its message, and repeats nothing`() async throws {
    try await Connection.fresh { (connection) async throws in
      let first = try await Self.take(1, connection, Self.request(component: "cart"))
      for version in ["v1.0", "v1.1", "v1.2"] { try await connection.create(version) }
      var expected = [
        "created v1.0 latest", "updated v1.0", "created v1.1 latest", "updated v1.1",
        "created v1.2 latest",
      ]
      var token = first[0].resumeToken
      while !expected.isEmpty {
        let found = try await Self.take(
          1 + expected.count, connection, Self.request(component: "cart", token: token))
        #expect(found.map(Self.words) == ["token"] + expected)
        token = found[1].resumeToken
        expected.removeFirst()
      }
    }
  }

  @Test func `tells who did it`() async throws {
    try await Connection.fresh { (connection) async throws in
      let found = try await Self.take(2, connection, Self.request()) {
        guard Self.words($0) == "token" else { return }
        var options = CallOptions()
        try options.metadata.add("trackd-actor", "ada")
        try await connection.create("v1.0", options: options)
      }
      #expect(found[1].change?.actor == "ada")
      #expect(found[1].change?.actorVerified == false)
    }
  }

  @Test func `watchers of other scopes see nothing of it`() async throws {
    try await Connection.fresh { (connection) async throws in
      _ = try await connection.catalog.putComponent(
        .with {
          $0.component = TrackMessages.Component.with {
            $0.id = "other"
            $0.projectId = "shop"
            $0.type = .service
          }
        })
      let found = try await Self.take(3, connection, Self.request(component: "other")) {
        guard Self.words($0) == "token" else { return }
        try await connection.create("v1.0")
        for version in ["v2.0", "v2.1"] {
          try await connection.create(version) {
            $0.componentId = "other"
            $0.id = version.replacing(".", with: "-")
          }
        }
      }
      #expect(found.map(Self.words) == ["token", "created v2.0 latest", "updated v2.0"])
      let project = try await Self.take(1 + 3, connection, Self.request(project: "shop"))
      #expect(
        project.map(Self.words) == [
          "existing v1.0 latest", "existing v2.0", "existing v2.1 latest", "token",
        ])
    }
  }

  @Test func `the state has what is deployed and what is on its way`() async throws {
    try await withStore { store in
      try await Connection.open(store) { (connection) async throws in
        try await connection.fill()
        let track = try await connection.create("v1.0")
        try await Self.fillDeployments(store, trackId: track.id)
        let found = try await Self.take(4, connection, Self.request(component: "cart"))
        #expect(
          found.map(Self.words) == [
            "existing v1.0 latest",
            "existing deploy succeeded",
            "existing redeploy queued", "token",
          ])
      }
    }
  }

  /// Stores an image, and deployments of it: one failed, one active, one waiting.
  private static func fillDeployments(_ store: SQLiteTrackStore, trackId: String) async throws {
    let now = SQLiteStoreOptions.systemTime()
    let image = TrackImage(
      id: "\(UniqueID.random())", componentId: "cart", trackId: trackId, savedTrackId: trackId,
      images: [ContainerImage(name: "cart", reference: "", digest: "sha256:1")], runId: "run",
      createdAt: now, updatedAt: now)
    @Sendable func deployment(
      _ kind: TrackDomain.DeploymentKind, _ state: TrackDomain.DeploymentState, ended: Bool
    ) -> TrackDomain.Deployment {
      TrackDomain.Deployment(
        id: "\(UniqueID.random())", componentId: "cart", trackId: trackId, environmentId: "dev",
        imageId: image.id, kind: kind, state: state, actor: Principal(name: "", isVerified: false),
        createdAt: now, startedAt: ended ? now : nil, endedAt: ended ? now : nil)
    }
    try await store.write { transaction in
      try transaction.putCatalogResource(
        .environment(
          TrackDomain.Environment(
            id: "dev", projectId: "shop", name: "", gitopsRepositoryURL: "", gitopsBranch: "",
            gitopsPath: "")))
      try transaction.insertImage(image)
      try transaction.insertDeployment(deployment(.deploy, .failed, ended: true))
      let current = deployment(.deploy, .succeeded, ended: true)
      try transaction.insertDeployment(current)
      try transaction.insertDeployment(deployment(.redeploy, .queued, ended: false))
      try transaction.putBinding(
        EnvironmentBinding(
          componentId: "cart", trackId: trackId, environmentId: "dev",
          currentDeploymentId: current.id, currentImageId: image.id))
    }
  }

  @Test func `changes of images and deployments are decoded`() async throws {
    try await withStore { store in
      try await Connection.open(store) { (connection) async throws in
        try await connection.fill()
        let now = SQLiteStoreOptions.systemTime()
        let actor = Principal(name: "ci", isVerified: false)
        let image = TrackImage(
          id: "i", componentId: "cart", trackId: "t", savedTrackId: "t", images: [], runId: "run",
          createdAt: now, updatedAt: now)
        let deployment = TrackDomain.Deployment(
          id: "d", componentId: "cart", trackId: "t", environmentId: "dev", imageId: "i",
          kind: .rollback, state: .inProgress, actor: actor, createdAt: now)
        let found = try await Self.take(3, connection, Self.request(component: "cart")) {
          guard Self.words($0) == "token" else { return }
          try await store.write { transaction in
            try transaction.appendChange(
              TrackDomain.Change(
                kind: .created, resource: .image, resourceId: "i", projectId: "shop",
                componentId: "cart", at: now, actor: actor, snapshot: Snapshot.encode(image)))
            try transaction.appendChange(
              TrackDomain.Change(
                kind: .updated, resource: .deployment, resourceId: "d", projectId: "shop",
                componentId: "cart", at: now, actor: actor, snapshot: Snapshot.encode(deployment)))
          }
        }
        #expect(
          found.map(Self.words) == [
            "token", "created image run",
            "updated rollback inProgress",
          ])
      }
    }
  }

  @Test func `what cannot be watched is refused`() async throws {
    try await Connection.fresh { (connection) async throws in
      let cases: [(WatchDeploymentTracksRequest, StatusCode, String)] = [
        (Self.request(component: "x"), .notFound, "COMPONENT_NOT_FOUND"),
        (Self.request(project: "x"), .notFound, "PROJECT_NOT_FOUND"),
        (Self.request(component: "cart", project: "shop"), .invalidArgument, "INVALID_ID"),
        (Self.request(token: "x"), .invalidArgument, "INVALID_RESUME_TOKEN"),
      ]
      for (request, code, reason) in cases {
        try await expectRefusal(code, reason) { try await Self.take(1, connection, request) }
      }
    }
  }

  @Test func `a token of changes that are gone asks for a new beginning`() async throws {
    let ahead = Atomic<Int64>(0)
    var options = SQLiteStoreOptions(changeRetention: .seconds(60))
    options.uptime = {
      let hour: Int64 = 3_600_000_000
      return SQLiteStoreOptions.systemUptime() + hour * ahead.load(ordering: .relaxed)
    }
    try await withStore(options: options) { store in
      try await Connection.open(store) { (connection) async throws in
        try await connection.fill()
        let start = try await Self.take(1, connection, Self.request(component: "cart"))
        try await connection.create("v1.0")
        ahead.store(1, ordering: .relaxed)
        while try await store.read({ try $0.changes(after: .start, limit: 1) }) != nil {
          try await store.write { _ in }
        }
        ahead.store(0, ordering: .relaxed)
        try await expectRefusal(.outOfRange, "RESYNC") {
          try await Self.take(
            1, connection, Self.request(component: "cart", token: start[0].resumeToken))
        }
        // After the last change, nothing is missing.
        let end = try await Self.take(2, connection, Self.request(component: "cart"))
        try await connection.create("v1.1")
        let found = try await Self.take(
          3, connection, Self.request(component: "cart", token: end[1].resumeToken))
        #expect(found.map(Self.words) == ["token", "updated v1.0", "created v1.1 latest"])
      }
    }
  }

  @Test func `a watcher that is too slow is told to begin anew`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      try await expectRefusal(.outOfRange, "RESYNC") {
        try await connection.tracks.watchDeploymentTracks(Self.request(component: "cart")) {
          responses in
          var iterator = responses.makeAsyncIterator()
          while let response = try await iterator.next(), Self.words(response) != "token" {}
          for number in 0..<400 {
            _ = try await connection.tracks.updateDeploymentTrack(
              .with {
                $0.componentId = "cart"
                $0.deploymentTrackId = "one"
                $0.description = "\(number)" + String(repeating: "x", count: 1000)
              })
          }
          while try await iterator.next() != nil {}
        }
      }
    }
  }

  @Test func `a drain ends every watch`() async throws {
    try await Connection.fresh { (connection) async throws in
      let refused = try await expectRefusal(.unavailable, "SERVER_DRAINING") {
        try await connection.tracks.watchDeploymentTracks(Self.request()) { responses in
          for try await response in responses where Self.words(response) == "token" {
            connection.server.beginGracefulShutdown()
          }
        }
      }
      #expect(refused.error.detail(RetryInfo.self) != nil)
    }
  }

  @Test func `watchers come and go while changes are made`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for number in 0..<200 {
            _ = try await connection.tracks.updateDeploymentTrack(
              .with {
                $0.componentId = "cart"
                $0.deploymentTrackId = "one"
                $0.description = "\(number)"
              })
          }
        }
        for _ in 0..<8 {
          group.addTask { try await Self.followDescriptions(connection) }
        }
        try await group.waitForAll()
      }
    }
  }

  /// Resumes the watch every few messages until the last description has come, and checks that none
  /// is missing.
  private static func followDescriptions(_ connection: Connection) async throws {
    var token = ""
    var last = -1
    while last < 199 {
      let start = (token, last)
      (token, last) = try await connection.tracks.watchDeploymentTracks(
        request(component: "cart", token: token)
      ) { responses in
        var (token, last) = start
        var iterator = responses.makeAsyncIterator()
        for _ in 0..<7 where last < 199 {
          guard let response = try await iterator.next() else { break }
          if !response.resumeToken.isEmpty { token = response.resumeToken }
          guard let number = description(response) else { continue }
          if response.change?.type == .updated { #expect(number == last + 1) }
          last = number
        }
        return (token, last)
      }
    }
  }

  /// A track's description as a number.
  private static func description(_ response: WatchDeploymentTracksResponse) -> Int? {
    guard case .deploymentTrack(let track)? = response.change?.resource else { return nil }
    return Int(track.description)
  }
}

import Protobuf
import RPC
import Synchronization
import Testing
import TrackDomain
import TrackMessages

@Suite(.timeLimit(.minutes(2))) struct ErrorTableTests {
  @Test func `every kind of refusal carries its detail`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      let bad = try await expectRefusal(.invalidArgument, "INVALID_API_VERSION") {
        try await connection.create("1.0")
      }
      #expect(bad.fields == ["api_version"])
      #expect(bad.info.metadata["field"] == "api_version")

      let missing = try await expectRefusal(.notFound, "COMPONENT_NOT_FOUND") {
        try await connection.create("v1.0") { $0.componentId = "missing" }
      }
      let resource = try #require(missing.error.detail(ResourceInfo.self))
      #expect(resource.resourceType == "Component")
      #expect(resource.resourceName == "missing")
      #expect(missing.info.metadata["component"] == "missing")

      let duplicate = try await expectRefusal(.alreadyExists, "API_VERSION_EXISTS") {
        try await connection.create("v1.0")
      }
      #expect(duplicate.error.detail(ResourceInfo.self)?.resourceName == "one")

      let last = try await expectRefusal(.failedPrecondition, "LAST_TRACK") {
        try await connection.tracks.deleteDeploymentTrack(
          DeleteDeploymentTrackRequest.with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
          })
      }
      let condition = try #require(last.error.detail(PreconditionFailure.self)?.violations.first)
      #expect(condition.type == "LAST_TRACK")
      #expect(condition.subject == "components/cart")

      try await expectRefusal(.aborted, "ETAG_MISMATCH") {
        try await connection.tracks.deleteDeploymentTrack(
          DeleteDeploymentTrackRequest.with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
            $0.etag = "\"9\""
          })
      }
    }
  }

  @Test func `a limit that is reached says which`() async throws {
    try await Connection.fresh { (connection) async throws in
      _ = try await connection.catalog.putOrganization(
        PutOrganizationRequest.with {
          $0.organization = TrackMessages.Organization.with {
            $0.id = "acme"
            $0.tier = .free
          }
        })
      try await connection.create("v1.0")
      try await connection.create("v1.1")
      let refusal = try await expectRefusal(.resourceExhausted, "TRACK_LIMIT_REACHED") {
        try await connection.create("v1.2")
      }
      let violation = try #require(refusal.error.detail(QuotaFailure.self)?.violations.first)
      #expect(violation.subject == "components/cart")
      #expect(refusal.info.metadata["limit"] == "2")
    }
  }

  @Test func `many violations fit into the trailers`() async throws {
    try await Connection.fresh { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      let refusal = try await expectRefusal(.invalidArgument, "INVALID_ENDPOINT") {
        try await connection.tracks.updateDeploymentTrackConfigs(
          UpdateDeploymentTrackConfigsRequest.with { request in
            request.componentId = "cart"
            request.deploymentTrackId = "one"
            request.endpoints = (0..<50).map { _ in
              TrackMessages.Endpoint.with {
                $0.name = String(repeating: "X", count: 1000)
                $0.basePath = "x"
                $0.schemaFilePath = "/"
              }
            }
          })
      }
      #expect(refusal.fields.count == 20)
    }
  }

  @Test(
    arguments: [
      (.unavailable, .unavailable, "STORE_UNAVAILABLE", 1),
      (.full, .resourceExhausted, "STORAGE_FULL", 30),
      (.failed, .internal, "INTERNAL_ERROR", nil),
    ] as [(StoreError.Kind, StatusCode, String, Int64?)])
  func `failures of the store leave without what they are about`(
    kind: StoreError.Kind, code: StatusCode, reason: String, retrySeconds: Int64?
  ) async throws {
    let observer = Observer()
    let secret = "SELECT * FROM tracks; /var/lib/trackd/trackd.db"
    try await Connection.open(BrokenStore(error: StoreError(kind, secret)), observer: observer) {
      connection in
      let refusal = try await expectRefusal(code, reason) { try await connection.create("v1.0") }
      #expect(refusal.error.detail(RetryInfo.self)?.retryDelay?.seconds == retrySeconds)
      #expect(!"\(refusal.error)".contains("SELECT"))
      #expect(!"\(refusal.error)".contains("/var"))
    }
    // The log gets it.
    #expect(observer.failures.contains { $0.contains(secret) })
  }

  @Test func `an error that nobody knows is an internal one`() async throws {
    struct Surprise: Error {}
    try await Connection.open(BrokenStore(error: Surprise())) { connection in
      let refusal = try await expectRefusal(.internal, "INTERNAL_ERROR") {
        try await connection.tracks.getDeploymentTrack(
          GetDeploymentTrackRequest.with {
            $0.componentId = "cart"
            $0.deploymentTrackId = "one"
          })
      }
      #expect(!refusal.error.message.contains("Surprise"))
    }
  }
}

/// Records the errors of failed calls.
private final class Observer: CallObserver {
  private let texts = Mutex<[String]>([])

  var failures: [String] { texts.withLock { $0 } }

  func callEnded(_ summary: CallSummary) {
    guard let error = summary.error else { return }
    texts.withLock { $0.append("\(error)") }
  }
}

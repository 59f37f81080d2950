import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct DomainErrorTests {
  @Test(arguments: ErrorReason.allCases)
  func `reasons are upper snake case`(reason: ErrorReason) {
    let text = reason.rawValue
    #expect(text.count <= 63)
    #expect(text.allSatisfy { ("A"..."Z").contains($0) || $0 == "_" })
    #expect(text.first != "_" && text.last != "_")
  }

  static let errors: [DomainError] = [
    .invalid("branch", InvalidValue(.invalidBranch, "must be short")),
    .requestIdReused(UniqueID(high: 1, low: 2)),
    .apiVersionRequired(componentId: "c"),
    .immutableField("project.organization_id"),
    .notFound(.deploymentPipeline, "line"),
    .trackNotFound(componentId: "c", trackId: "t"),
    .apiVersionExists(componentId: "c", version: APIVersion(major: 1, minor: 0), trackId: "t"),
    .branchExists(componentId: "c", branch: "b", trackId: "t"),
    .trackIdExists(componentId: "c", trackId: "t"),
    .trackLimitReached(componentId: "c", organizationId: "o", limit: 2),
    .etagMismatch(.track("t"), current: "\"2\""),
    .lastTrack(componentId: "c", trackId: "t"),
    .branchUnlinked(componentId: "c"),
    .autoBuildDisabled(componentId: "c"),
    .endpointNameTaken("e", trackId: "t"),
    .endpointNameTakenByUser("e", trackId: "t"),
    .sourceConfigInvalid(
      fileName: "f", commit: "h",
      SourceConfigError([.init(path: "p", line: 2, column: 3, message: "is bad")], omitted: 4)),
    .sourceConfigNotFound(componentId: "c", commit: "h", directory: "d"),
    .commitNotFound(componentId: "c", revision: "h", detail: "gone"),
    .notACommit(revision: "h", detail: "is a tree"),
    .noRepository(componentId: "c", detail: "none"),
    .repoAccessLost(componentId: "c", detail: "no"),
    .gitUnavailable(componentId: "c", detail: "down"),
    .branchUnlinked(trackId: "t"),
    .configRevisionNotFound(trackId: "t", number: 7),
    .cleanupPending(trackId: "t", because: .outside("")),
    .cleanupPending(trackId: "t", because: .outside("down")),
    .cleanupPending(trackId: "t", because: .deployment("d")),
    .cleanupPending(trackId: "t", because: .history(rows: 7)),
    .componentHasTracks("c"),
    .inUse(.organization, "o", by: [ResourceUse(.project, id: "p")]),
    .inUse(
      .environment, "e",
      by: (0...10).map { ResourceUse(.track, id: "t\($0)", componentId: "c") }),
    .imageNotFound(componentId: "c", imageId: "i"),
    .runIdConflict(runId: "r", imageId: "i"),
    .commitRequired(componentId: "c"),
    .resync(.tokenTooOld),
    .twoScopes(),
    .serverDraining(method: "Watch"),
    .noRight(to: .deploy, at: AccessPlace(componentId: "c", environmentId: "e")),
    .idTaken(.component, "c"),
  ]

  @Test(arguments: errors)
  func `carry the detail of their kind`(error: DomainError) {
    #expect(!error.message.isEmpty)
    #expect(!error.metadata.isEmpty)
    switch error.kind {
    case .invalidArgument: #expect(!error.fields.isEmpty)
    case .notFound, .alreadyExists, .aborted: #expect(error.resource != nil)
    case .resourceExhausted: #expect(error.quota != nil)
    case .failedPrecondition: #expect(error.precondition != nil)
    case .unavailable: #expect(error.retrySeconds != nil)
    case .outOfRange, .permissionDenied: break
    }
  }

  @Test(arguments: errors)
  func `repeat in the metadata what the message names`(error: DomainError) {
    for value in error.metadata.values where error.kind != .invalidArgument {
      #expect(error.message.contains(value))
    }
  }
}

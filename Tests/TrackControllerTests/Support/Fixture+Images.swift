import TestSupport
import TrackController
import TrackDomain

extension Fixture {
  /// Adds the environments `dev` and `prod` of project `paid`, the pipeline `line` of both, and
  /// makes that the default of `service`.
  func putPipeline() async throws {
    try await put(EnvironmentDraft(id: "dev", projectId: "paid", name: "Dev"))
    try await put(EnvironmentDraft(id: "prod", projectId: "paid", name: "Prod"))
    try await put(
      DeploymentPipelineDraft(id: "line", projectId: "paid", environmentIds: ["dev", "prod"]))
    try await put(
      ComponentDraft(
        id: "service", projectId: "paid", type: .service, autoBuildOnCommit: true,
        defaultPipelineId: "line"))
  }

  /// A save for `service` whose commit is `commit` seconds after the clock's start; by default its
  /// hash and run follow from the number.
  func saveRequest(
    _ trackId: String, commit: Int64, run: String? = nil, hash: String? = nil,
    change: (inout SaveTrackImage) -> Void = { _ in }
  ) -> SaveTrackImage {
    var request = SaveTrackImage(
      organizationId: "paid", projectId: "paid", componentId: "service", trackId: trackId,
      images: [ContainerImage(name: "app", reference: "registry.example/app:\(commit)")],
      commitHash: hash ?? Self.hash(commit),
      committedAt: Timestamp(microseconds: 1_800_000_000_000_000 + commit * 1_000_000),
      runId: run ?? "run-\(commit)")
    change(&request)
    return request
  }

  /// Saves one second after the last action.
  @discardableResult
  func save(
    _ trackId: String, commit: Int64, run: String? = nil, hash: String? = nil,
    change: (inout SaveTrackImage) -> Void = { _ in }
  ) async throws -> SavedImage {
    clock.advance(seconds: 1)
    return try await tracks.save(
      saveRequest(trackId, commit: commit, run: run, hash: hash, change: change), by: ada)
  }

  static func hash(_ number: Int64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 40 - digits.count) + digits
  }

  func images(
    _ trackId: String, componentId: String = "service", pageSize: Int32 = 0,
    pageToken: String = ""
  ) async throws -> ListImages.Page {
    try await tracks.images(
      ListImages(
        componentId: componentId, trackId: trackId, pageSize: pageSize, pageToken: pageToken),
      by: ada)
  }

  /// Ends a deployment as the executor would.
  func succeed(_ deployment: Deployment?) async throws {
    guard let deployment else { return }
    let time = clock.now
    try await store.write { transaction in
      var ended = deployment
      ended.state = .succeeded
      ended.startedAt = time
      ended.endedAt = time
      try transaction.updateDeployment(ended)
      let held = try transaction.binding(
        componentId: ended.componentId, trackId: ended.trackId, environmentId: ended.environmentId
      )?.heldBy
      try transaction.putBinding(
        EnvironmentBinding(
          componentId: ended.componentId, trackId: ended.trackId,
          environmentId: ended.environmentId, currentDeploymentId: ended.id,
          currentImageId: ended.imageId, heldBy: held ?? ""))
      if let operation = try transaction.operation(id: ended.id) {
        try transaction.deleteOperation(operation)
      }
    }
  }
}

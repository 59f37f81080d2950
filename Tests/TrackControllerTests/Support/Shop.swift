import TestSupport
import TrackController
import TrackDomain

/// A fixture with a component that can be deployed: `shop` of project `paid`, with the pipeline
/// `line` of the environments `dev`, `stage` and `prod` (which share a lane; `other` has its own),
/// and a track `v1.0` on branch `main`.
struct Shop: Sendable {
  let fixture: Fixture
  let track: Track

  var store: any TrackStore { fixture.store }
  var world: FakeWorld { fixture.world }

  static func with(
    executes: Bool = false, type: ComponentType = .service, _ body: (Shop) async throws -> Void
  ) async throws {
    try await Fixture.with(executes: executes) { fixture in
      try await body(try await Shop(fixture, type))
    }
  }

  private init(_ fixture: Fixture, _ type: ComponentType) async throws {
    self.fixture = fixture
    for id in ["dev", "stage", "prod", "aside"] {
      try await fixture.put(EnvironmentDraft(id: id, projectId: "paid", name: id))
    }
    try await fixture.put(
      EnvironmentDraft(
        id: "other", projectId: "paid", name: "other",
        gitopsRepositoryURL: "https://git.example/other"))
    try await fixture.put(EnvironmentDraft(id: "foreign", projectId: "free", name: "foreign"))
    try await fixture.put(
      DeploymentPipelineDraft(
        id: "line", projectId: "paid", environmentIds: ["dev", "stage", "prod"]))
    try await fixture.put(
      DeploymentPipelineDraft(id: "fast", projectId: "paid", environmentIds: ["aside", "prod"]))
    try await fixture.put(
      DeploymentPipelineDraft(id: "far", projectId: "free", environmentIds: ["foreign"]))
    try await fixture.put(
      ComponentDraft(
        id: "shop", projectId: "paid", type: type, autoBuildOnCommit: true,
        defaultPipelineId: "line"))
    track = try await fixture.create("shop", "v1.0", branch: "main")
  }

  // MARK: Images

  @discardableResult
  func image(_ name: String, track: Track? = nil) async throws -> TrackImage {
    let track = track ?? self.track
    let image = TrackImage(
      id: UniqueID.random().description, componentId: track.componentId, trackId: track.id,
      savedTrackId: track.id,
      images: [ContainerImage(name: "", reference: "r/\(name)", digest: "")],
      runId: "run-\(name)", createdAt: fixture.clock.now, updatedAt: fixture.clock.now)
    try await store.write { try $0.insertImage(image) }
    return image
  }

  // MARK: Calls

  func request(_ image: TrackImage?, to environmentId: String = "") -> DeploymentRequest {
    DeploymentRequest(
      componentId: "shop", trackId: track.id, imageId: image?.id ?? "",
      environmentId: environmentId)
  }

  @discardableResult
  func deploy(
    _ image: TrackImage, to environmentId: String = "",
    _ change: (inout DeploymentRequest) -> Void = { _ in }
  ) async throws -> Deployment {
    var request = request(image, to: environmentId)
    change(&request)
    fixture.clock.advance(seconds: 1)
    return try await fixture.tracks.deploy(request, by: fixture.ada).deployment
  }

  @discardableResult
  func rollBack(
    to image: TrackImage? = nil, in environmentId: String = "",
    _ change: (inout DeploymentRequest) -> Void = { _ in }
  ) async throws -> Deployment {
    try await rollBackAnswer(to: image, in: environmentId, change).deployment
  }

  func rollBackAnswer(
    to image: TrackImage? = nil, in environmentId: String = "",
    _ change: (inout DeploymentRequest) -> Void = { _ in }
  ) async throws -> DeploymentAnswer {
    var request = request(image, to: environmentId)
    change(&request)
    fixture.clock.advance(seconds: 1)
    return try await fixture.tracks.rollBack(request, by: fixture.ada)
  }

  func cancel(_ deployment: Deployment) async throws -> Deployment {
    try await fixture.tracks.cancel(
      CancelDeployment(
        componentId: "shop", trackId: deployment.trackId, deploymentId: deployment.id),
      by: fixture.ada)
  }

  /// Makes an image the active one without a deployment: waiting and running deployments stay.
  @discardableResult
  func makeActive(
    _ image: TrackImage, in environmentId: String = "dev"
  ) async throws -> Deployment {
    fixture.clock.advance(seconds: 1)
    let time = fixture.clock.now
    let deployment = Deployment(
      id: UniqueID.random().description, componentId: "shop", trackId: image.trackId,
      environmentId: environmentId, imageId: image.id, kind: .deploy, state: .succeeded,
      actor: fixture.ada, createdAt: time, startedAt: time, endedAt: time)
    try await store.write { transaction in
      try transaction.insertDeployment(deployment)
      try transaction.putBinding(
        EnvironmentBinding(
          componentId: "shop", trackId: image.trackId, environmentId: environmentId,
          currentDeploymentId: deployment.id, currentImageId: image.id))
    }
    return deployment
  }

  // MARK: State

  func now(_ deployment: Deployment) async throws -> Deployment {
    try await fixture.tracks.deployment(
      componentId: "shop", trackId: deployment.trackId, deploymentId: deployment.id)
  }

  func binding(_ environmentId: String = "dev") async throws -> EnvironmentBinding? {
    let trackId = track.id
    return try await store.read {
      try $0.binding(componentId: "shop", trackId: trackId, environmentId: environmentId)
    }
  }

  func operation(_ deployment: Deployment) async throws -> Operation? {
    try await store.read { try $0.operation(id: deployment.id) }
  }

  /// Deletes the operation of a deployment, whichever executor has its lease.
  func loseOperation(of deployment: Deployment) async throws {
    try await store.write { transaction in
      guard let operation = try transaction.operation(id: deployment.id) else { return }
      try transaction.deleteOperation(operation)
    }
  }

  /// Oldest first.
  func history() async throws -> [Deployment] {
    try await fixture.tracks.deployments(
      ListDeployments(componentId: "shop", trackId: track.id, pageSize: 1000)
    ).deployments.reversed()
  }

  // MARK: Waiting

  /// The deployment once it has ended.
  @discardableResult
  func ended(_ deployment: Deployment) async throws -> Deployment {
    try await until { reader in
      let now = try reader.deployment(componentId: "shop", id: deployment.id)
      return now?.state.isFinal == true ? now : nil
    }
  }

  /// The deployment once it has ended; moves the clock, for executors that pause between attempts.
  func endedInTime(_ deployment: Deployment) async throws -> Deployment {
    try await inTime { try await now(deployment).state.isFinal }
    return try await now(deployment)
  }

  /// Returns when `condition` holds; moves the clock.
  func inTime(_ condition: () async throws -> Bool) async rethrows {
    while try await !condition(), !Task.isCancelled {
      fixture.clock.advance(seconds: 1)
      fixture.signals.wake()
      await Task.yield()
    }
  }

  /// The first result of `body` that is not nil.
  @discardableResult
  func until<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws -> Value?
  ) async throws -> Value {
    let (commits, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let observation = store.observeCommits { continuation.yield() }
    defer { observation.end() }
    continuation.yield()
    for await _ in commits {
      if let value = try await store.read(body) { return value }
    }
    throw CancellationError()
  }

  /// Returns when `condition`, which does not ask the store, holds.
  func eventually(_ condition: () -> Bool) async {
    while !condition(), !Task.isCancelled { await Task.yield() }
  }

  /// Returns when no operation is left: release management has got its reports, too.
  func settled() async throws {
    let trackId = track.id
    _ = try await until { reader -> Bool? in
      let page = try reader.deployments(
        DeploymentQuery(componentId: "shop", trackId: trackId, limit: 1000))
      for deployment in page.deployments where try reader.operation(id: deployment.id) != nil {
        return nil
      }
      return true
    }
  }

  /// Deploys and waits for success.
  @discardableResult
  func deployed(
    _ image: TrackImage, to environmentId: String = "",
    _ change: (inout DeploymentRequest) -> Void = { _ in }
  ) async throws -> Deployment {
    try await ended(try await deploy(image, to: environmentId, change))
  }
}

/// The release-management service: keeps releases and the states of their deployments.
///
/// All calls are idempotent by the id of trackd's deployment, and may be repeated after a crash.
/// Results are in the order of the requests.
public protocol ReleaseManagement: Sendable {
  /// Creates a release of the image and a deployment of that release, for each order.
  func createReleases(_ orders: [ReleaseOrder]) async -> [Result<ReleaseIds, IntegrationError>]

  /// Reports the states of deployments.
  func updateStatuses(_ updates: [ReleaseUpdate]) async -> [Result<Void, IntegrationError>]
}

/// The content of a release.
public struct ReleaseOrder: Sendable, Hashable {
  /// The idempotency key.
  public var deploymentId: String
  public var organizationId: String
  public var projectId: String
  public var componentId: String
  public var trackId: String
  public var environmentId: String
  public var image: TrackImage

  public init(
    deploymentId: String, organizationId: String, projectId: String, componentId: String,
    trackId: String, environmentId: String, image: TrackImage
  ) {
    self.deploymentId = deploymentId
    self.organizationId = organizationId
    self.projectId = projectId
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.image = image
  }
}

/// The ids that release management gave a release and its deployment.
public struct ReleaseIds: Sendable, Hashable {
  public var releaseId: String
  public var releaseDeploymentId: String

  public init(releaseId: String, releaseDeploymentId: String) {
    self.releaseId = releaseId
    self.releaseDeploymentId = releaseDeploymentId
  }

  /// Whether there is a release.
  public var isGiven: Bool { !releaseId.isEmpty || !releaseDeploymentId.isEmpty }
}

/// The state of a deployment.
public struct ReleaseUpdate: Sendable, Hashable {
  /// With the status, the idempotency key.
  public var deploymentId: String
  public var componentId: String
  public var ids: ReleaseIds
  public var status: ReleaseStatus
  /// The error; empty for none.
  public var message: String

  public init(
    deploymentId: String, componentId: String, ids: ReleaseIds, status: ReleaseStatus,
    message: String = ""
  ) {
    self.deploymentId = deploymentId
    self.componentId = componentId
    self.ids = ids
    self.status = status
    self.message = message
  }
}

/// A release and its deployment as the embedded release management keeps them.
public struct ReleaseRecord: Sendable, Hashable {
  /// The release's id.
  public var releaseId: String
  /// The id of the release's deployment; unique among all records.
  public var releaseDeploymentId: String
  public var componentId: String
  public var trackId: String
  public var environmentId: String
  public var imageId: String
  public var status: ReleaseStatus
  public var createdAt: Timestamp
  public var updatedAt: Timestamp

  public init(
    releaseId: String, releaseDeploymentId: String, componentId: String, trackId: String,
    environmentId: String, imageId: String, status: ReleaseStatus, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.releaseId = releaseId
    self.releaseDeploymentId = releaseDeploymentId
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.imageId = imageId
    self.status = status
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// The state of a deployment in release management. The raw values are kept in stores.
public enum ReleaseStatus: UInt8, Sendable, Hashable, CaseIterable {
  case pending = 1
  case succeeded = 2
  case failed = 3
  /// Cancelled or superseded.
  case cancelled = 4
}

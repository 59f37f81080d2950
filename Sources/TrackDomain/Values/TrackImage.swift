/// The result of one build for a track. Immutable, but for derived fields: the track that it
/// belongs to, whether it is superseded, and when that changed.
public struct TrackImage: Sendable, Hashable {
  /// A UUID that the server made; unique among all images.
  public var id: String
  public var componentId: String
  /// The track that it belongs to now; empty while it is unversioned.
  public var trackId: String
  /// The track that the save named; empty for an unversioned save. With the component and `runId`
  /// it identifies the save.
  public var savedTrackId: String
  /// The branch that an unversioned save named, decoded; else empty.
  public var branch: String
  public var images: [ContainerImage]
  /// Lower-case hexadecimal; empty for images that were not built from a commit.
  public var commitHash: String
  /// When that commit was made; nil when that is unknown.
  public var committedAt: Timestamp?
  /// CI's own commit in a GitOps repository; not the deployer's. May be empty.
  public var gitopsHash: String
  public var runId: String
  public var apiDefinitionPath: String
  public var ports: [Int32]
  /// Whether a later save of the same commit replaces it. It can still be deployed by its id.
  public var isSuperseded: Bool
  public var createdAt: Timestamp
  public var updatedAt: Timestamp
  /// The name of the actor that saved it; may be empty.
  public var createdBy: String
  /// The outcome of auto-deploy for the save. Never changes.
  public var autoDeploy: AutoDeployOutcome

  public init(
    id: String, componentId: String, trackId: String, savedTrackId: String, branch: String = "",
    images: [ContainerImage], commitHash: String = "", committedAt: Timestamp? = nil,
    gitopsHash: String = "", runId: String, apiDefinitionPath: String = "", ports: [Int32] = [],
    isSuperseded: Bool = false, createdAt: Timestamp, updatedAt: Timestamp, createdBy: String = "",
    autoDeploy: AutoDeployOutcome = AutoDeployOutcome(.disabled)
  ) {
    self.id = id
    self.componentId = componentId
    self.trackId = trackId
    self.savedTrackId = savedTrackId
    self.branch = branch
    self.images = images
    self.commitHash = commitHash
    self.committedAt = committedAt
    self.gitopsHash = gitopsHash
    self.runId = runId
    self.apiDefinitionPath = apiDefinitionPath
    self.ports = ports
    self.isSuperseded = isSuperseded
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.createdBy = createdBy
    self.autoDeploy = autoDeploy
  }
}

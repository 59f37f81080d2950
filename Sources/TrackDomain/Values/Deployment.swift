/// One deployment of an image of a track into an environment: an entry of the history, which is
/// never deleted while its track exists.
public struct Deployment: Sendable, Hashable {
  /// A UUID that the server made.
  public var id: String
  /// The place in the history: grows with each deployment of the store. 0 until it is stored.
  public var sequence: Int64
  public var componentId: String
  public var trackId: String
  public var environmentId: String
  public var imageId: String
  /// Whether it is a `.redeploy` is decided anew when work on it begins.
  public var kind: DeploymentKind
  public var state: DeploymentState
  /// Both given by the caller or by release management; empty for mediation components, and until
  /// release management has answered.
  public var releaseId: String
  public var releaseDeploymentId: String
  /// The number of the track's configuration that it has; 0 for none.
  public var configRevision: Int32
  /// API settings of this deployment only, in place of the track's; nil for none.
  public var apiSettings: APISettings?
  /// The deployment that this rollback undoes; empty for other kinds.
  public var rollbackOf: String
  /// The earlier deployment whose image and configuration this rollback has; empty for other kinds.
  public var restores: String
  /// The rollback that undid this deployment; empty for none.
  public var rolledBackBy: String
  /// Whether this rollback holds auto-deploy in its environment, as `EnvironmentBinding.heldBy` has
  /// it.
  public var holdsAutoDeploy: Bool
  public var reason: String
  /// Why the order of the pipeline was not kept; empty where it was.
  public var bypassReason: String
  public var actor: Actor
  /// What went wrong, for people; empty unless it failed, or was cancelled by a rule.
  public var error: String
  /// The deployer's commit; empty until there is one.
  public var gitopsHash: String
  public var createdAt: Timestamp
  public var startedAt: Timestamp?
  public var endedAt: Timestamp?
  /// What became of it so far; nil for one that has ended, or was not tried before.
  public var attempts: DeploymentAttempts?

  public init(
    id: String, sequence: Int64 = 0, componentId: String, trackId: String, environmentId: String,
    imageId: String, kind: DeploymentKind, state: DeploymentState = .queued,
    releaseId: String = "", releaseDeploymentId: String = "", configRevision: Int32 = 0,
    apiSettings: APISettings? = nil, rollbackOf: String = "", restores: String = "",
    rolledBackBy: String = "", holdsAutoDeploy: Bool = false, reason: String = "",
    bypassReason: String = "", actor: Actor, error: String = "", gitopsHash: String = "",
    createdAt: Timestamp, startedAt: Timestamp? = nil, endedAt: Timestamp? = nil,
    attempts: DeploymentAttempts? = nil
  ) {
    self.id = id
    self.sequence = sequence
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.imageId = imageId
    self.kind = kind
    self.state = state
    self.releaseId = releaseId
    self.releaseDeploymentId = releaseDeploymentId
    self.configRevision = configRevision
    self.apiSettings = apiSettings
    self.rollbackOf = rollbackOf
    self.restores = restores
    self.rolledBackBy = rolledBackBy
    self.holdsAutoDeploy = holdsAutoDeploy
    self.reason = reason
    self.bypassReason = bypassReason
    self.actor = actor
    self.error = error
    self.gitopsHash = gitopsHash
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.attempts = attempts
  }
}

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

/// Why a deployment was made. The raw values are kept in stores.
public enum DeploymentKind: UInt8, Sendable, Hashable, CaseIterable {
  /// Somebody asked for it.
  case deploy = 1
  /// Somebody went back to an earlier deployment.
  case rollback = 2
  /// An image was saved into a track with auto-deploy.
  case auto = 3
  /// Somebody deployed once more what was there.
  case redeploy = 4
}

/// How far a deployment is. The raw values are kept in stores.
public enum DeploymentState: UInt8, Sendable, Hashable, CaseIterable {
  case queued = 1
  case inProgress = 2
  case succeeded = 3
  case failed = 4
  case cancelled = 5
  /// A newer one took its place before it began.
  case superseded = 6

  /// Whether it stays as it is.
  public var isFinal: Bool { self != .queued && self != .inProgress }
}

/// What a deployment was accepted under. It is looked at once more before anything of it is
/// published, because the deployment may have waited since.
public struct DeploymentConditions: Sendable, Hashable {
  /// The deployment that has to be the active one in its environment; empty for any.
  public var expectedCurrentId: String
  /// The environment in which its image has to be active; empty for none.
  public var promotedFrom: String
  /// Why the image need not be active there; empty when it has to.
  public var bypassReason: String

  public init(
    expectedCurrentId: String = "", promotedFrom: String = "", bypassReason: String = ""
  ) {
    self.expectedCurrentId = expectedCurrentId
    self.promotedFrom = promotedFrom
    self.bypassReason = bypassReason
  }
}

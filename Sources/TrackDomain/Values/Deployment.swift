/// One deployment of an image of a track into an environment. An entry of the history, which is
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
  /// Work on a deployment begins with deciding anew whether it is a `.redeploy`.
  public var kind: DeploymentKind
  public var state: DeploymentState
  /// Both come from the caller or from release management; empty for mediation components, and
  /// until release management has answered.
  public var releaseId: String
  public var releaseDeploymentId: String
  /// The number of the track's configuration that it uses; 0 for none.
  public var configRevision: Int32
  /// API settings for this deployment only, in place of the track's; nil for none.
  public var apiSettings: APISettings?
  /// The deployment that this rollback undoes; empty for other kinds.
  public var rollbackOf: String
  /// The earlier deployment whose image and configuration this rollback restores; empty for other
  /// kinds.
  public var restores: String
  /// The rollback that undid this deployment; empty for none.
  public var rolledBackBy: String
  /// Whether this rollback holds auto-deploy in its environment: see `EnvironmentBinding.heldBy`.
  public var holdsAutoDeploy: Bool
  public var reason: String
  /// Why the deployment skips the order of the pipeline; empty when it follows the order.
  public var bypassReason: String
  public var actor: Principal
  /// The error, for people; empty unless the deployment failed or a rule cancelled it.
  public var error: String
  /// The deployer's commit; empty until there is one.
  public var gitopsHash: String
  public var createdAt: Timestamp
  public var startedAt: Timestamp?
  public var endedAt: Timestamp?
  /// The attempts so far; nil when the deployment has ended, or was never tried.
  public var attempts: DeploymentAttempts?

  public init(
    id: String, sequence: Int64 = 0, componentId: String, trackId: String, environmentId: String,
    imageId: String, kind: DeploymentKind, state: DeploymentState = .queued,
    releaseId: String = "", releaseDeploymentId: String = "", configRevision: Int32 = 0,
    apiSettings: APISettings? = nil, rollbackOf: String = "", restores: String = "",
    rolledBackBy: String = "", holdsAutoDeploy: Bool = false, reason: String = "",
    bypassReason: String = "", actor: Principal, error: String = "", gitopsHash: String = "",
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
  /// A caller asked for it.
  case deploy = 1
  /// A caller went back to an earlier deployment.
  case rollback = 2
  /// An image was saved into a track with auto-deploy.
  case auto = 3
  /// A caller deployed again what was active.
  case redeploy = 4
}

/// The progress of a deployment. The raw values are kept in stores.
public enum DeploymentState: UInt8, Sendable, Hashable, CaseIterable {
  case queued = 1
  case inProgress = 2
  case succeeded = 3
  case failed = 4
  case cancelled = 5
  /// A newer deployment took its place before it began.
  case superseded = 6

  /// Whether the state no longer changes.
  public var isFinal: Bool { self != .queued && self != .inProgress }
}

/// The conditions under which a deployment was accepted. They are checked again before anything of
/// it is published, because the deployment may have waited in between.
public struct DeploymentConditions: Sendable, Hashable {
  /// The deployment that has to be the active one in its environment; empty for any.
  public var expectedCurrentId: String
  /// The environment in which its image has to be active; empty for none.
  public var promotedFrom: String
  /// Why the image need not be active there; empty when it must be.
  public var bypassReason: String

  public init(
    expectedCurrentId: String = "", promotedFrom: String = "", bypassReason: String = ""
  ) {
    self.expectedCurrentId = expectedCurrentId
    self.promotedFrom = promotedFrom
    self.bypassReason = bypassReason
  }
}

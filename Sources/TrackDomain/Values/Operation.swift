/// Work that was accepted and must be done, or given up, whatever happens to the process: written
/// with what caused it, leased by an executor, done in steps that can be repeated.
public struct Operation: Sendable, Hashable {
  /// What is to be done. The raw values are kept in stores.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// The deployment with the operation's id.
    case deployment = 1
    /// The deletion of a track.
    case trackDeletion = 2
    /// The removal of what a track left behind in a place that its environment has moved from.
    case placeCleaning = 3
  }

  /// How far it is: a step is written before it is begun, so that a new process knows what may have
  /// happened. The raw values are kept in stores and are in order.
  public enum Step: UInt8, Sendable, Hashable, CaseIterable, Comparable {
    /// Nothing was done yet.
    case accepted = 1
    /// Deployment: release management may know it; nothing was published.
    case leased = 2
    /// Deployment: the commit in `gitopsHash` is about to be published, or is.
    case publishing = 3
    /// Deployment: the outcome is recorded; release management is to be told.
    case recorded = 4
    /// Deletion: resources outside are being removed; `cleanupStep` says which is next.
    case cleaning = 5
    /// Deletion: rows are being removed.
    case purging = 6

    public static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }
  }

  /// The deployment's id; for a deletion a UUID.
  public var id: String
  public var kind: Kind
  public var componentId: String
  public var trackId: String
  /// Empty for deletions of tracks.
  public var environmentId: String
  public var step: Step
  /// Deletion: the `ComponentResourceStep` that is next.
  public var cleanupStep: UInt8
  /// How often the step was tried and did not work.
  public var attempts: Int32
  /// Not before this time. What waits for another operation has one, too: it looks again then.
  public var dueAt: Timestamp
  /// How often the operation was leased. What an executor writes of it names the epoch of its
  /// lease, and changes nothing once there is a newer one.
  public var epoch: Int64
  /// Nil while no executor works on it.
  public var lease: Lease?
  /// The commit that was made for it; empty for none.
  public var gitopsHash: String
  /// What went wrong last, for people; empty for nothing.
  public var lastError: String
  /// What a deployment was accepted under.
  public var conditions: DeploymentConditions
  public var createdAt: Timestamp
  public var actor: Principal
  /// Deletion: whether places that cannot be reached are given up.
  public var isForced: Bool
  /// Deletion: the places that were given up, one a line.
  public var abandoned: String
  /// Cleaning: the place, and the deployment that was published elsewhere instead.
  public var left: LeftPlace?
  /// Whether it was under way in the backup that the store was restored from, or found a place that
  /// is not known to hold what the store believes: it is held until that is settled.
  public var isRestored: Bool

  /// A place that an environment has moved from.
  public struct LeftPlace: Sendable, Hashable {
    public var place: DeploymentPlace
    /// The deployment that was the first one elsewhere: older ones are to go.
    public var movedBy: String

    public init(_ place: DeploymentPlace, movedBy: String) {
      self.place = place
      self.movedBy = movedBy
    }
  }

  public init(
    id: String, kind: Kind, componentId: String, trackId: String, environmentId: String = "",
    step: Step = .accepted, cleanupStep: UInt8 = 0, attempts: Int32 = 0, dueAt: Timestamp,
    epoch: Int64 = 0, lease: Lease? = nil, gitopsHash: String = "", lastError: String = "",
    conditions: DeploymentConditions = DeploymentConditions(), createdAt: Timestamp,
    actor: Principal,
    isForced: Bool = false, abandoned: String = "", left: LeftPlace? = nil,
    isRestored: Bool = false
  ) {
    self.id = id
    self.kind = kind
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.step = step
    self.cleanupStep = cleanupStep
    self.attempts = attempts
    self.dueAt = dueAt
    self.epoch = epoch
    self.lease = lease
    self.gitopsHash = gitopsHash
    self.lastError = lastError
    self.conditions = conditions
    self.createdAt = createdAt
    self.actor = actor
    self.isForced = isForced
    self.abandoned = abandoned
    self.left = left
    self.isRestored = isRestored
  }
}

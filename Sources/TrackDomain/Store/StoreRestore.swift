/// The last time that the store was put back to an earlier state, as whoever did that noted it.
///
/// While it stands, executors compare what the store believes to be deployed with what the
/// repositories hold, and what was under way in the backup is held (`Operation.isRestored`).
public struct StoreRestore: Sendable, Hashable {
  public var id: UniqueID
  public var notedAt: Timestamp
  /// The command that noted it.
  public var notedBy: String
  /// How many comparisons were begun; the number of the last one.
  public var comparison: Int64
  /// The number of the last comparison that came to its end; 0 for none.
  public var compared: Int64
  /// When that one did, by the store's clock (`StoreReader.storeTime`).
  public var comparedAt: Timestamp?
  /// Nil while it stands.
  public var endedAt: Timestamp?
  /// What ended it; empty while it stands.
  public var endedBy: String

  public init(
    id: UniqueID, notedAt: Timestamp, notedBy: String, comparison: Int64 = 0, compared: Int64 = 0,
    comparedAt: Timestamp? = nil, endedAt: Timestamp? = nil, endedBy: String = ""
  ) {
    self.id = id
    self.notedAt = notedAt
    self.notedBy = notedBy
    self.comparison = comparison
    self.compared = compared
    self.comparedAt = comparedAt
    self.endedAt = endedAt
    self.endedBy = endedBy
  }

  public var stands: Bool { endedAt == nil }
}

/// A lane after a comparison.
public struct ComparedLane: Sendable, Hashable {
  public var lane: String
  /// Why it could not be compared; empty when it was.
  public var fault: String

  public init(lane: String, fault: String = "") {
    self.lane = lane
    self.fault = fault
  }
}

/// A place that does not hold what a restored store believes.
public struct PlaceDrift: Sendable, Hashable {
  /// The raw values are kept in stores.
  public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing stands there; the store believes that something was deployed.
    case missing = 1
    /// Another deployment stands there.
    case other = 2
    /// A file of somebody else stands there.
    case foreign = 3
    /// A deployment stands there of which the store knows nothing.
    case unknown = 4
  }

  public var componentId: String
  public var trackId: String
  public var environmentId: String
  public var place: DeploymentPlace
  public var lane: String
  public var kind: Kind
  /// The deployment that the store believes to be there; empty for none.
  public var believed: String
  /// The deployments that stand there, separated by spaces; empty for none.
  public var found: String

  public init(
    componentId: String, trackId: String, environmentId: String, place: DeploymentPlace,
    lane: String, kind: Kind, believed: String, found: String
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.place = place
    self.lane = lane
    self.kind = kind
    self.believed = believed
    self.found = found
  }
}

/// How the last restore stands.
public struct RestoreReport: Sendable, Hashable {
  public var restore: StoreRestore
  /// How many places do not hold what the store believes.
  public var driftCount = 0
  /// Some of them.
  public var drifts: [PlaceDrift] = []
  /// How many operations are held.
  public var heldCount = 0
  /// How many lanes could not be compared.
  public var faultCount = 0
  /// Some of them.
  public var faults: [ComparedLane] = []

  public init(restore: StoreRestore) { self.restore = restore }

  /// Whether it stands, and is not compared with all repositories yet.
  public var isPending: Bool { restore.stands && (restore.compared == 0 || faultCount > 0) }

  /// Whether everything was compared, nothing differs, and nothing is held.
  public var isSettled: Bool {
    restore.compared > 0 && driftCount == 0 && heldCount == 0 && faultCount == 0
  }
}

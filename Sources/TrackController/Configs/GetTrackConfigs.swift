public import TrackDomain

/// The request for the configuration of a track.
public struct GetTrackConfigs: Sendable {
  public var componentId: String
  public var trackId: String
  /// 0 for the current configuration.
  public var number: Int32

  public init(componentId: String, trackId: String, number: Int32 = 0) {
    self.componentId = componentId
    self.trackId = trackId
    self.number = number
  }

  /// The answer.
  public struct Found: Sendable {
    /// The track as it is now.
    public var track: Track
    /// 0 as long as the track has no configuration.
    public var number: Int32
    /// The plain values of secrets are masked.
    public var configs: TrackConfigs
    /// Nil as long as the track has no configuration.
    public var revision: RevisedConfig?
    /// Warnings about the configuration: sentences for people.
    public var warnings: [String]
  }

  func check() throws(DomainError) {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    if number < 0 {
      violations.add(
        "config_revision", InvalidValue(.invalidConfigRevision, "must not be negative"))
    }
    try violations.check()
  }

  func find(_ track: Track, _ reader: any StoreReader) throws -> Found {
    let wanted = number == 0 ? track.configRevision : number
    let current = try ConfiguredTrack(track, reader).configs
    let page = try reader.configRevisions(
      ConfigRevisionQuery(
        componentId: componentId, trackId: trackId, before: Int64(wanted) + 1, limit: 1))
    guard let revision = page.revisions.first, revision.number == wanted else {
      // Where no revision is kept, the current configuration is the track's endpoints.
      guard number == 0 else {
        throw DomainError.configRevisionNotFound(trackId: trackId, number: number)
      }
      return Found(
        track: track, number: wanted, configs: current, revision: nil, warnings: current.warnings)
    }
    return Found(
      track: track, number: wanted, configs: revision.configs.masked(as: current),
      revision: RevisedConfig(revision, page.predecessor), warnings: revision.configs.warnings)
  }
}

/// A configuration that a track has or had, and its changes.
public struct RevisedConfig: Sendable, Hashable {
  public var number: Int32
  public var createdAt: Timestamp
  public var actor: Principal
  public var changes: [ConfigChange]

  /// - Parameter predecessor: the configuration before it; nil for the first.
  init(_ revision: ConfigRevision, _ predecessor: ConfigRevision?) {
    number = revision.number
    createdAt = revision.createdAt
    actor = revision.actor
    changes =
      ConfigDifference(predecessor?.configs ?? TrackConfigs(), revision.configs).changes
  }
}

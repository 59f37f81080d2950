public import TrackDomain

/// A track with all of its configuration.
public struct ConfiguredTrack: Sendable, Hashable {
  public var track: Track
  /// Its endpoints are those of the track.
  public var configs: TrackConfigs

  init(_ track: Track, _ configs: TrackConfigs) {
    self.track = track
    self.configs = configs
  }

  /// A track with the configuration of its current number. Parts that are no longer in the store,
  /// because the track is gone, are left out.
  init(_ track: Track, _ reader: any StoreReader) throws(StoreError) {
    self.track = track
    configs = TrackConfigs(endpoints: track.endpoints)
    if track.configRevision > 0,
      let revision = try reader.configRevision(
        componentId: track.componentId, trackId: track.id, number: track.configRevision)
    {
      configs.apiSettings = revision.configs.apiSettings
      configs.environmentVariables = revision.configs.environmentVariables
    }
  }

  /// The track with `configs` as its next configuration; the track itself if it has them already.
  func reconfigured(_ configs: TrackConfigs, _ changes: TrackChanges) -> ConfiguredTrack {
    if configs == self.configs { return self }
    var track = changes.revised(track)
    track.endpoints = configs.endpoints
    track.configRevision += 1
    return ConfiguredTrack(track, configs)
  }

  /// Writes a reconfigured track.
  func write(
    to transaction: any StoreTransaction, _ changes: TrackChanges
  ) throws(StoreError) {
    try transaction.updateTrack(track)
    try transaction.replaceEndpoints(of: track)
    try transaction.insertConfigRevision(
      ConfigRevision(
        componentId: track.componentId, trackId: track.id, number: track.configRevision,
        configs: configs, createdAt: changes.now, actor: changes.actor))
    try transaction.appendChange(
      changes.change(.updated, track, snapshot: Snapshot.encode(track)))
  }
}

extension [EnvironmentVariable] {
  /// By name; of two with one name, the USER's comes first.
  func inOrder() -> [EnvironmentVariable] {
    sorted { ($0.name, $0.origin.rawValue) < ($1.name, $1.origin.rawValue) }
  }
}

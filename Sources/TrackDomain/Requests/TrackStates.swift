/// A track with its deployments that are current somewhere, by environment, and those that have not
/// ended.
public struct TrackState: Sendable, Hashable {
  public var track: Track
  public var deployments: [Deployment]

  public init(track: Track, deployments: [Deployment]) {
    self.track = track
    self.deployments = deployments
  }
}

/// A part of the state of a scope.
public struct TrackStates: Sendable, Hashable {
  public var states: [TrackState]
  /// The place behind the newest change that the state has seen.
  public var position: LogPlace

  public init(states: [TrackState], position: LogPlace) {
    self.states = states
    self.position = position
  }
}

/// One numbered configuration of a track. Never changes once written.
public struct ConfigRevision: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  /// From 1.
  public var number: Int32
  public var configs: TrackConfigs
  public var createdAt: Timestamp
  public var actor: Actor

  public init(
    componentId: String, trackId: String, number: Int32, configs: TrackConfigs,
    createdAt: Timestamp, actor: Actor
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.number = number
    self.configs = configs
    self.createdAt = createdAt
    self.actor = actor
  }
}

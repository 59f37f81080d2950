/// One numbered configuration of a track. Never changes once written.
public struct ConfigRevision: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  /// From 1.
  public var number: Int32
  public var configs: TrackConfigs
  public var createdAt: Timestamp
  public var actor: Principal

  public init(
    componentId: String, trackId: String, number: Int32, configs: TrackConfigs,
    createdAt: Timestamp, actor: Principal
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.number = number
    self.configs = configs
    self.createdAt = createdAt
    self.actor = actor
  }
}

/// One difference between a configuration of a track and the one before.
public struct ConfigChange: Sendable, Hashable {
  /// The raw values are kept in stores.
  public enum Action: UInt8, Sendable, Hashable, CaseIterable {
    case added = 1
    case updated = 2
    case removed = 3
  }

  public var action: Action
  /// `endpoints/<name>`, `api_settings` or `environment_variables/<name>`.
  public var target: String

  public init(_ action: Action, _ target: String) {
    self.action = action
    self.target = target
  }
}

/// What a track is configured with; a numbered revision of it goes into each deployment.
public struct TrackConfigs: Sendable, Hashable {
  /// Sorted by name.
  public var endpoints: [Endpoint]
  /// Nil for none.
  public var apiSettings: APISettings?
  /// Sorted by name, and of one name by origin: a USER one goes before that of the source config,
  /// and is the one in effect.
  public var environmentVariables: [EnvironmentVariable]

  public init(
    endpoints: [Endpoint] = [], apiSettings: APISettings? = nil,
    environmentVariables: [EnvironmentVariable] = []
  ) {
    self.endpoints = endpoints
    self.apiSettings = apiSettings
    self.environmentVariables = environmentVariables
  }
}

extension TrackConfigs {
  /// As a deployment of this configuration has it: its own API settings in place of the track's.
  public func of(_ deployment: Deployment) -> TrackConfigs {
    var configs = self
    if let settings = deployment.apiSettings { configs.apiSettings = settings }
    return configs
  }

  /// The variables that containers get, by name: a USER one goes before the source config's of the
  /// same name. A form that nobody filled in is among them as such.
  public var effectiveEnvironmentVariables: [EnvironmentVariable] {
    let names = Set(environmentVariables.lazy.filter { $0.origin == .user }.map(\.name))
    return environmentVariables.filter { $0.origin == .user || !names.contains($0.name) }
  }
}

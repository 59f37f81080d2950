/// The configuration of a track. Each deployment uses one numbered revision of it.
public struct TrackConfigs: Sendable, Hashable {
  /// Sorted by name.
  public var endpoints: [Endpoint]
  /// Nil for none.
  public var apiSettings: APISettings?
  /// Sorted by name, then by origin: of two with one name, the USER one comes first and takes
  /// effect.
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
  /// The configuration of a deployment: its own API settings replace the track's.
  public func of(_ deployment: Deployment) -> TrackConfigs {
    var configs = self
    if let settings = deployment.apiSettings { configs.apiSettings = settings }
    return configs
  }

  /// The variables that containers get, by name. A USER variable overrides the source config's
  /// variable of the same name. Forms without a value are included as forms.
  public var effectiveEnvironmentVariables: [EnvironmentVariable] {
    let names = Set(environmentVariables.lazy.filter { $0.origin == .user }.map(\.name))
    return environmentVariables.filter { $0.origin == .user || !names.contains($0.name) }
  }
}

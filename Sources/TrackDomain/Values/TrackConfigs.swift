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

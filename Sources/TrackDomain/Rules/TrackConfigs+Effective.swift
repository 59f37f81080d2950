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

/// The fields that UpdateDeploymentTrackConfigs changes, by their paths.
public enum ConfigField: String, Sendable, CaseIterable {
  case endpoints
  case apiSettings = "api_settings"
  case environmentVariables = "environment_variables"

  /// The paths of a track that nobody can change with an update of its configuration.
  public static var immutable: Set<String> {
    TrackField.immutable.subtracting(["endpoints"]).union(TrackField.allCases.map(\.rawValue))
  }
}

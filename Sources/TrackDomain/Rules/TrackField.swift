/// The fields of a track that UpdateDeploymentTrack changes, by their paths.
public enum TrackField: String, Sendable, CaseIterable {
  case branch
  case description
  case autoDeployEnabled = "auto_deploy_enabled"

  /// The paths of a track that no update can change.
  public static var immutable: Set<String> {
    [
      "id", "component_id", "api_version", "apiVersion", "version_strategy", "latest",
      "endpoints", "config_revision", "etag", "created_at", "updated_at", "created_by",
    ]
  }
}

/// The fields that UpdateDeploymentTrackConfigs changes, by their paths.
public enum ConfigField: String, Sendable, CaseIterable {
  case endpoints
  case apiSettings = "api_settings"
  case environmentVariables = "environment_variables"

  /// The paths of a track that no update of its configuration can change.
  public static var immutable: Set<String> {
    TrackField.immutable.subtracting(["endpoints"]).union(TrackField.allCases.map(\.rawValue))
  }
}

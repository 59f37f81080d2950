/// Why a deployment was made. The raw values are kept in stores.
public enum DeploymentKind: UInt8, Sendable, Hashable, CaseIterable {
  /// Somebody asked for it.
  case deploy = 1
  /// Somebody went back to an earlier deployment.
  case rollback = 2
  /// An image was saved into a track with auto-deploy.
  case auto = 3
  /// Somebody deployed once more what was there.
  case redeploy = 4
}

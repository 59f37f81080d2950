/// What became of the deployment that saving an image may cause. The raw values are kept in stores.
public enum AutoDeployDecision: UInt8, Sendable, Hashable, CaseIterable {
  /// A deployment was accepted.
  case started = 1
  /// The track does not deploy by itself.
  case disabled = 2
  /// A rollback holds auto-deploy in the environment.
  case held = 3
  /// The environment has, or is about to get, an image of a newer commit.
  case staleCommit = 4
  /// The track is not linked to a branch.
  case branchUnlinked = 5
  /// The image belongs to no track yet.
  case unversioned = 6
  /// There is no environment to deploy into.
  case noEnvironment = 7
  /// A rule refuses the deployment; the error says which.
  case refused = 8
}

/// Brings images into environments.
public protocol Deployer: Sendable {
  /// Brings each order into its environment. The orders are of one `lane`, and of as many tracks and
  /// environments as there are orders.
  ///
  /// Before anything can be seen outside, `willPublish` is called with the commit of each deployment
  /// that is about to be published, by deployment id, and again when a commit had to be made anew;
  /// when it throws, nothing of that is published, and those orders fail as `.unavailable`.
  ///
  /// A deployment that was published before, by whatever process, is not published again: its
  /// outcome is the one it had.
  ///
  /// - Returns: an outcome for every order, by deployment id. `.unavailable` says that nothing was
  ///   published, or that nobody knows.
  func deploy(
    _ orders: [DeploymentOrder],
    willPublish: @escaping @Sendable (_ hashes: [String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>]

  /// Whether a deployment was published, asked after a crash: by the commit that was recorded for
  /// it, else by what the environment holds now.
  ///
  /// - Returns: nil when it was not.
  func receipt(
    of order: DeploymentOrder, gitopsHash: String
  ) async throws(IntegrationError) -> DeploymentReceipt?

  /// Orders of different lanes do not wait for each other.
  func lane(of environment: Environment) -> String

  /// Where deployments into an environment go, for good: asked before each is published, and kept.
  ///
  /// - Returns: nil when the deployer finds what it has put somewhere by itself.
  func place(of environment: Environment) async throws(IntegrationError) -> DeploymentPlace?

  /// What a deployment is called where this deployer puts it; nil when others decide that. Asks
  /// nobody.
  ///
  /// - Parameter configs: those that the deployment has; their environment variables may be missing.
  func objects(
    of deployment: Deployment, component: Component, image: TrackImage, configs: TrackConfigs
  ) -> DeployedObjects?
}

/// Takes away what deployments left in places, whoever deploys today.
public protocol PlaceCleaner: Sendable {
  /// Removes what was put into places; idempotent, and what is somebody else's stays.
  ///
  /// - Parameter isKept: asked, with the deployment that is found there, before it is removed; when it
  ///   throws, that place fails as `.unavailable`.
  /// - Returns: the places that failed.
  func withdraw(
    _ withdrawal: Withdrawal,
    unless isKept: @escaping @Sendable (_ deploymentId: String) async throws -> Bool
  ) async -> [PlacedDeployment: IntegrationError]
}

/// What is to be removed.
public struct Withdrawal: Sendable {
  /// The operation that wants it.
  public var operationId: String
  public var component: Component
  public var track: Track
  public var places: [PlacedDeployment]

  public init(
    operationId: String, component: Component, track: Track, places: [PlacedDeployment]
  ) {
    self.operationId = operationId
    self.component = component
    self.track = track
    self.places = places
  }
}

/// All that a deployer needs to know; the same order gives the same manifest but for ids.
public struct DeploymentOrder: Sendable, Hashable {
  public var deployment: Deployment
  public var organizationId: String
  public var component: Component
  public var track: Track
  public var environment: Environment
  public var image: TrackImage
  /// Those of `deployment.configRevision`, with the deployment's own API settings in their place.
  public var configs: TrackConfigs

  public init(
    deployment: Deployment, organizationId: String, component: Component, track: Track,
    environment: Environment, image: TrackImage, configs: TrackConfigs
  ) {
    self.deployment = deployment
    self.organizationId = organizationId
    self.component = component
    self.track = track
    self.environment = environment
    self.image = image
    self.configs = configs
  }
}

/// That a deployment is in its environment.
public struct DeploymentReceipt: Sendable, Hashable {
  /// The deployer's commit; empty for deployers without.
  public var gitopsHash: String

  public init(gitopsHash: String) {
    self.gitopsHash = gitopsHash
  }
}

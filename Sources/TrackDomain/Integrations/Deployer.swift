/// Brings images into environments.
public protocol Deployer: Sendable {
  /// Brings each order into its environment. All orders are of one `lane`, each for another track
  /// and environment.
  ///
  /// Before anything becomes visible outside of trackd, the deployer calls `willPublish` with the
  /// commits that it is about to publish, by deployment id; it calls again when it had to make a
  /// commit anew. When `willPublish` throws, the deployer publishes none of them, and their orders
  /// fail as `.unavailable`.
  ///
  /// A deployment that any process published before is not published again: its outcome is the one
  /// it had.
  ///
  /// - Returns: an outcome for every order, by deployment id. `.unavailable` means that nothing was
  ///   published, or that this is unknown.
  func deploy(
    _ orders: [DeploymentOrder],
    willPublish: @escaping @Sendable (_ hashes: [String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>]

  /// Whether a deployment was published; for recovery after a crash. Looks for the commit that was
  /// recorded for it, else at the content of the environment.
  ///
  /// - Returns: nil when it was not.
  func receipt(
    of order: DeploymentOrder, gitopsHash: String
  ) async throws(IntegrationError) -> DeploymentReceipt?

  /// Makes sure that deployments which are not published will not be, whoever has begun to publish
  /// them: another server may have stopped just before its last step. Called before a deployment
  /// fails whose commit was announced; that is its order's `deployment.gitopsHash`.
  ///
  /// - Parameter epoch: of those who publish; grows whenever another server takes over.
  /// - Returns: for each order, by deployment id: what it was published with, or nil when it is not
  ///   published and will not be. After `.unavailable` it may be, later.
  func settle(
    _ orders: [DeploymentOrder], epoch: Int64
  ) async -> [String: Result<DeploymentReceipt?, IntegrationError>]

  /// Orders of different lanes do not wait for each other.
  func lane(of environment: Environment) -> String

  /// Where deployments into an environment go. Callers ask before each publication and keep the
  /// answer.
  ///
  /// - Returns: nil when the deployer can find what it published by itself.
  func place(of environment: Environment) async throws(IntegrationError) -> DeploymentPlace?

  /// The names of a deployment's objects where this deployer puts it; nil when another system
  /// decides on names. Asks no other system.
  ///
  /// - Parameter configs: those of the deployment; their environment variables may be missing.
  func objects(
    of deployment: Deployment, component: Component, image: TrackImage, configs: TrackConfigs
  ) -> DeployedObjects?
}

extension Deployer {
  /// For deployers that decide themselves what becomes of an order, and take its id as the key of
  /// the request. What they say is so for now: nothing keeps an order from them that a server, which
  /// was stopped just before, sends later. So one that does not answer is not waited for either: that
  /// counts as refused.
  public func settle(
    _ orders: [DeploymentOrder], epoch: Int64
  ) async -> [String: Result<DeploymentReceipt?, IntegrationError>] {
    var results: [String: Result<DeploymentReceipt?, IntegrationError>] = [:]
    for order in orders {
      let id = order.deployment.id
      do throws(IntegrationError) {
        let found = try await receipt(of: order, gitopsHash: order.deployment.gitopsHash)
        results[id] = .success(found)
      } catch {
        results[id] = .failure(IntegrationError(.refused, error.message))
      }
    }
    return results
  }
}

/// Removes what deployments left in places, whichever deployer is in use today.
public protocol PlaceCleaner: Sendable {
  /// Removes a track's deployments from places. Idempotent; leaves files of other owners alone.
  ///
  /// - Parameters:
  ///   - isKept: asked before a deployment is removed: whether it stays. When it throws, its place
  ///     fails as `.unavailable`.
  ///   - willPublish: called before a removal becomes visible outside of trackd, with its commit.
  ///     When it throws, nothing is removed in that place, which fails as `.unavailable`.
  /// - Returns: the places that failed.
  func withdraw(
    _ withdrawal: Withdrawal,
    unless isKept: @escaping @Sendable (_ deploymentId: String) async throws -> Bool,
    willPublish: @escaping @Sendable (_ hash: String) async throws -> Void
  ) async -> [PlacedDeployment: IntegrationError]

  /// Makes sure that what was not removed from places will not be by what anybody has begun. Called
  /// before a removal is given up that `willPublish` was called for.
  ///
  /// - Parameters:
  ///   - hash: what `willPublish` was last called with.
  ///   - epoch: see `Deployer.settle`.
  /// - Returns: the places that failed: there it is not certain.
  func settle(
    _ withdrawal: Withdrawal, hash: String, epoch: Int64
  ) async -> [PlacedDeployment: IntegrationError]

  /// As the deployer's lane of an environment that has this place.
  func lane(of place: DeploymentPlace) -> String
}

/// The deployments to remove from places.
public struct Withdrawal: Sendable {
  /// The operation that removes it.
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

/// Everything that a deployer needs. The same order gives the same manifest, but for ids.
public struct DeploymentOrder: Sendable, Hashable {
  public var deployment: Deployment
  public var organizationId: String
  public var component: Component
  public var track: Track
  public var environment: Environment
  public var image: TrackImage
  /// Those of `deployment.configRevision`, with the deployment's own API settings in place of the
  /// track's.
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

/// Proof that a deployment is in its environment.
public struct DeploymentReceipt: Sendable, Hashable {
  /// The deployer's commit; empty for deployers that make none.
  public var gitopsHash: String

  public init(gitopsHash: String) {
    self.gitopsHash = gitopsHash
  }
}

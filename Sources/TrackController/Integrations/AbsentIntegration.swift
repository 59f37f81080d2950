public import TrackDomain

/// Stands in for a system that is not set up: its calls fail and say so, or give an empty answer.
///
/// Organizations have the tier of the catalog.
public struct AbsentIntegration: Sendable {
  public init() {}

  private var error: IntegrationError { IntegrationError(.refused, "is not set up") }
}

extension AbsentIntegration: ReleaseManagement {
  public func createReleases(
    _ orders: [ReleaseOrder]
  ) async -> [Result<ReleaseIds, IntegrationError>] {
    orders.map { _ in .failure(error) }
  }

  public func updateStatuses(
    _ updates: [ReleaseUpdate]
  ) async -> [Result<Void, IntegrationError>] {
    updates.map { _ in .failure(error) }
  }
}

extension AbsentIntegration: BuildService {
  public var knowsBuilds: Bool { false }

  public func buildStatuses(
    of images: [TrackImage], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: BuildStatus] { throw error }

  public func commitHistory(
    _ hashes: [String], component: Component, deadline: Timestamp
  ) async throws(IntegrationError) -> [String: CommitInfo] { throw error }
}

extension AbsentIntegration: SourceRepository {
  public func resolve(
    _ revision: SourceRevision, repositoryURL: String
  ) async throws(IntegrationError) -> String { throw error }

  public func firstFile(
    of paths: [String], commit: String, repositoryURL: String, maximumBytes: Int
  ) async throws(IntegrationError) -> SourceFile? { throw error }

  public func existing(
    _ paths: [String], commit: String, repositoryURL: String
  ) async throws(IntegrationError) -> [String: SourcePresence] { throw error }

  public func commits(
    _ hashes: [String], repositoryURL: String
  ) async throws(IntegrationError) -> [String: CommitInfo] { throw error }

  public func ancestries(
    of pairs: Set<CommitPair>, repositoryURL: String
  ) async throws(IntegrationError) -> [CommitPair: Ancestry] { throw error }
}

extension AbsentIntegration: Deployer {
  public func deploy(
    _ orders: [DeploymentOrder],
    willPublish: @escaping @Sendable (_ hashes: [String: String]) async throws -> Void
  ) async -> [String: Result<DeploymentReceipt, IntegrationError>] {
    Dictionary(
      orders.map { ($0.deployment.id, .failure(error)) }, uniquingKeysWith: { first, _ in first })
  }

  public func receipt(
    of order: DeploymentOrder, gitopsHash: String
  ) async throws(IntegrationError) -> DeploymentReceipt? { throw error }

  public func lane(of environment: Environment) -> String { "" }

  public func place(
    of environment: Environment
  ) async throws(IntegrationError) -> DeploymentPlace? { nil }

  public func objects(
    of deployment: Deployment, component: Component, image: TrackImage, configs: TrackConfigs
  ) -> DeployedObjects? { nil }
}

extension AbsentIntegration: PlaceCleaner {
  public func withdraw(
    _ withdrawal: Withdrawal,
    unless isKept: @escaping @Sendable (_ deploymentId: String) async throws -> Bool,
    willPublish: @escaping @Sendable (_ hash: String) async throws -> Void
  ) async -> [PlacedDeployment: IntegrationError] {
    Dictionary(withdrawal.places.map { ($0, error) }, uniquingKeysWith: { first, _ in first })
  }

  public func settle(
    _ withdrawal: Withdrawal, hash: String, epoch: Int64
  ) async -> [PlacedDeployment: IntegrationError] { [:] }

  public func lane(of place: DeploymentPlace) -> String { "" }
}

extension AbsentIntegration: PlaceReader {
  public func state(of place: DeploymentPlace) async throws(IntegrationError) -> String? {
    throw error
  }

  public func contents(
    of manifests: [ManifestPlace], at state: String
  ) async throws(IntegrationError) -> [PlaceContent] { throw error }

  public func manifests(
    in place: DeploymentPlace, at state: String
  ) async throws(IntegrationError) -> [ManifestPlace] { throw error }
}

extension AbsentIntegration: ComponentResourceDeleter {
  public func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) { throw error }
}

extension AbsentIntegration: Subscriptions {
  public func tier(
    organizationId: String
  ) async throws(IntegrationError) -> OrganizationTier? { nil }
}

extension AbsentIntegration: SourceConfigFormat {
  public var maximumBytes: Int { 1 << 20 }

  public func read(
    fileName: String, content: [UInt8]
  ) throws(SourceConfigError) -> SourceConfig { throw unreadable }

  public func migrate(
    fileName: String, content: [UInt8]
  ) throws(SourceConfigError) -> MigratedSourceConfig { throw unreadable }

  private var unreadable: SourceConfigError {
    SourceConfigError([
      SourceConfigViolation(path: "", line: 1, column: 1, message: "cannot be read here")
    ])
  }
}

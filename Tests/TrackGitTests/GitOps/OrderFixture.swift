import EventLoop
import TrackDomain

@testable import TrackGit

/// Orders to deploy.
enum OrderFixture {
  static let time = Timestamp(microseconds: 1_700_000_000_000_000)

  static func order(
    _ number: Int = 1, id: String? = nil, component: String = "orders",
    type: ComponentType = .service, repository: String = "", branch: String = "main",
    path: String = "clusters/dev", kind: DeploymentKind = .deploy, actor: String = "ada",
    configs: TrackConfigs = TrackConfigs(), images: [ContainerImage]? = nil, ports: [Int32] = []
  ) -> DeploymentOrder {
    let trackId = uuid(1000 + number)
    let image = TrackImage(
      id: uuid(2000 + number), componentId: component, trackId: trackId, savedTrackId: trackId,
      images: images ?? [ContainerImage(reference: "registry.example/team/app:1.2")],
      runId: "run-\(number)", ports: ports, createdAt: time, updatedAt: time)
    return DeploymentOrder(
      deployment: Deployment(
        id: id ?? uuid(3000 + number), componentId: component, trackId: trackId,
        environmentId: "dev", imageId: image.id, kind: kind, configRevision: 3,
        actor: Principal(name: actor, isVerified: true), createdAt: time),
      organizationId: "org", component: Component(id: component, projectId: "shop", type: type),
      track: Track(
        id: trackId, componentId: component, version: APIVersion(major: 1, minor: 2),
        branch: "main", description: "", autoDeployEnabled: true, isLatest: true, endpoints: [],
        configRevision: 3, revision: 1, createdAt: time, updatedAt: time, createdBy: ""),
      environment: Environment(
        id: "dev", projectId: "shop", name: "Development", gitopsRepositoryURL: repository,
        gitopsBranch: branch, gitopsPath: path), image: image, configs: configs)
  }

  static func uuid(_ number: Int) -> String {
    UniqueID(high: 0x0102_0304_0506_4708, low: 0x8000_0000_0000_0000 | UInt64(number)).description
  }
}

extension ManifestOwner {
  static let sample = ManifestOwner(componentId: "c", trackId: "t", environmentId: "e")

  /// The shortest file that belongs to `sample`.
  static let sampleFile = Array(
    """
    trackd/deployment: "1"
    trackd/component: "c"
    trackd/track: "t"
    trackd/environment: "e"

    """.utf8)
}

extension Withdrawal {
  /// The withdrawal of the manifests of orders, all of one track.
  init(_ order: DeploymentOrder, and others: [DeploymentOrder] = []) {
    self.init(
      operationId: OrderFixture.uuid(9), component: order.component, track: order.track,
      places: ([order] + others).map {
        PlacedDeployment(environmentId: $0.environment.id, place: $0.environment.place)
      })
  }
}

extension PlaceCleaner {
  /// A removal that nobody has to be told of.
  func withdraw(
    _ withdrawal: Withdrawal,
    unless isKept: @escaping @Sendable (_ deploymentId: String) async throws -> Bool
  ) async -> [PlacedDeployment: IntegrationError] {
    await withdraw(withdrawal, unless: isKept, willPublish: { _ in })
  }
}

/// The hashes that were announced before they were published.
///
/// `@unchecked Sendable`: the calls are touched under the lock only.
final class Announced: @unchecked Sendable {
  private let lock = Lock()
  private var calls: [[String: String]] = []
  func add(_ hashes: [String: String]) { lock.withLock { calls.append(hashes) } }
  var all: [[String: String]] { lock.withLock { calls } }
}

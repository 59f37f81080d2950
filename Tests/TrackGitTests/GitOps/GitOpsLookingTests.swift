import Testing
import TrackDomain

@testable import TrackGit

/// What whoever only looks sees of a repository.
@Suite(.timeLimit(.minutes(2))) struct GitOpsLookingTests {
  private static func manifest(_ order: DeploymentOrder) -> ManifestPlace {
    ManifestPlace(
      componentId: order.component.id, trackId: order.track.id,
      environmentId: order.environment.id, place: order.environment.place)
  }

  @Test(arguments: [false, true])
  func `branches, files and their owners are seen, and nothing changes`(isRemote: Bool) async throws
  {
    let fixture = try GitFixture()
    let path = try fixture.bareRepository()
    let url = isRemote ? "git@git.example:\(path)" : path
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      let orders = (1...3).map { OrderFixture.order($0, repository: url) }
      let place = orders[0].environment.place
      #expect(try await deployer.state(of: place) == nil)
      for order in orders.prefix(2) {
        _ = try await deployer.deploy([order]) { _ in }[order.deployment.id]?.get()
      }
      let head = try #require(try await deployer.state(of: place))
      #expect(try GitFixture.run("git", "-C", path, "rev-parse", "main").hasPrefix(head))
      // A file of somebody else stands where the third would go.
      let third = Self.manifest(orders[2])
      let contents = try await deployer.contents(of: orders.map(Self.manifest), at: head)
      #expect(
        contents == [
          .own(deploymentIds: [orders[0].deployment.id]),
          .own(deploymentIds: [orders[1].deployment.id]), .nothing,
        ])
      var wrong = Self.manifest(orders[0])
      wrong.environmentId = third.environmentId
      wrong.trackId = third.trackId
      #expect(try await deployer.contents(of: [wrong], at: head) == [.nothing])
      var branch = place
      branch.path = ""
      let found = try await deployer.manifests(in: branch, at: head)
      #expect(Set(found) == Set(orders.prefix(2).map(Self.manifest)))
      #expect(try await deployer.state(of: place) == head)
      await deployer.shutdown()
    }
  }

  private static let names: [(String, String?)] = [
    ("dev/c/t/e.yaml", "dev"), ("c/t/e.yaml", ""), ("a/b/c/t/e.yaml", "a/b"), ("t/e.yaml", nil),
    ("dev/c/t/e.yml", nil), ("dev/c/t/E F.yaml", nil), ("dev/c/t/.yaml", nil),
  ]

  @Test(arguments: names) func `a manifest is known by its path`(path: String, folder: String?) {
    let place = DeploymentPlace(repositoryURL: "r", branch: "b", path: "elsewhere")
    let found = GitOpsPath.owner(of: path, in: place)
    #expect(found?.place.path == folder)
    guard let found else { return }
    #expect(found.componentId == "c" && found.trackId == "t" && found.environmentId == "e")
    #expect(found.place.repositoryURL == "r" && found.place.branch == "b")
  }
}

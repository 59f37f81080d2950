public import TrackDomain

extension GitOpsDeployer: PlaceReader {
  public func state(of place: DeploymentPlace) async throws(IntegrationError) -> String? {
    let (repository, branch) = try await place.resolved(self)
    return try await repository.newestHead(of: branch)
  }

  public func contents(
    of manifests: [ManifestPlace], at state: String
  ) async throws(IntegrationError) -> [PlaceContent] {
    guard let place = manifests.first?.place else { return [] }
    var paths: [String] = []
    for manifest in manifests {
      paths.append(
        try GitOpsPath.manifest(of: ManifestOwner(manifest), below: manifest.place.path))
    }
    let (repository, _) = try await place.resolved(self)
    let findings = try await repository.findings(paths, at: state)
    return zip(manifests, findings).map { manifest, finding in
      switch finding {
      case .nothing: .nothing
      case .obstacle, .damaged: .foreign
      case .file(let content):
        switch ManifestOwner(manifest).claim(on: content) {
        case .own(let deploymentIds): .own(deploymentIds: deploymentIds)
        case .foreign: .foreign
        }
      }
    }
  }

  public func manifests(
    in place: DeploymentPlace, at state: String
  ) async throws(IntegrationError) -> [ManifestPlace] {
    let (repository, _) = try await place.resolved(self)
    return try await repository.files(at: state).compactMap { GitOpsPath.owner(of: $0, in: place) }
  }
}

extension DeploymentPlace {
  fileprivate func resolved(
    _ deployer: GitOpsDeployer
  ) async throws(IntegrationError) -> (repository: GitOpsRepository, branch: String) {
    let target = try deployer.target(self)
    let repository = deployer.repository(target.place)
    return (repository, try await repository.branch(target.branch))
  }
}

extension ManifestOwner {
  fileprivate init(_ manifest: ManifestPlace) {
    self.init(
      componentId: manifest.componentId, trackId: manifest.trackId,
      environmentId: manifest.environmentId)
  }
}

extension GitOpsPath {
  /// Whose manifest a file is by its path, and in which folder; nil for other files.
  static func owner(of path: String, in place: DeploymentPlace) -> ManifestPlace? {
    let suffix = ".yaml"
    guard path.hasSuffix(suffix), !path.hasSuffix("/" + suffix) else { return nil }
    let segments = GitOpsFolder.segments(String(path.dropLast(suffix.count)))
    let ids = segments.suffix(3)
    guard ids.count == 3, ids.allSatisfy(Identifier.isValid) else { return nil }
    var folder = place
    folder.path = segments.dropLast(3).joined(separator: "/")
    return ManifestPlace(
      componentId: segments[segments.count - 3], trackId: segments[segments.count - 2],
      environmentId: segments[segments.count - 1], place: folder)
  }
}

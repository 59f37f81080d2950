public import TrackDomain

/// The embedded default: what a track has outside of trackd is its manifests.
public struct GitOpsResourceDeleter: ComponentResourceDeleter {
  private let deployer: GitOpsDeployer

  public init(_ deployer: GitOpsDeployer) {
    self.deployer = deployer
  }

  /// Gateways and keys are described by the manifests, and go with them: one commit for each branch.
  public func delete(
    _ step: ComponentResourceStep, of resources: TrackResources
  ) async throws(IntegrationError) {
    switch step {
    case .gatewayConfigs, .keySets: return
    case .externalResources: try await deleteManifests(resources)
    }
  }

  private func deleteManifests(_ resources: TrackResources) async throws(IntegrationError) {
    var manifests: [GitOpsTarget: [(path: String, owner: ManifestOwner)]] = [:]
    var failure: IntegrationError?
    for environment in resources.environments {
      do throws(IntegrationError) {
        let path = try GitOpsPath.manifest(
          component: resources.component, track: resources.track, environment: environment)
        let owner = ManifestOwner(
          componentId: resources.component.id, trackId: resources.track.id,
          environmentId: environment.id)
        manifests[try deployer.target(environment), default: []].append((path, owner))
      } catch {
        failure = failure ?? error
      }
    }
    try await deployer.remove(
      manifests, id: resources.operationId, message: GitOpsMessage(removing: resources).text)
    // The other environments' went all the same.
    if let failure { throw failure }
  }
}

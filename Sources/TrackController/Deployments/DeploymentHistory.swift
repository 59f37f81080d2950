import TrackDomain

/// The deployments of a track into one environment.
struct DeploymentHistory {
  /// The most deployments that are examined for one to restore.
  private static let maximumExamined = 1000
  private static let pageSize = 100

  let target: DeploymentTarget
  let request: DeploymentRequest
  let reader: any StoreReader

  func deployment(_ id: String) throws(StoreError) -> Deployment? {
    if id.isEmpty { return nil }
    return try reader.deployment(componentId: request.componentId, id: id)
  }

  /// The deployment that a rollback of `current` restores, with its image: the newest successful
  /// one with the wanted image, or else the newest that was not rolled back. In both cases it
  /// differs from `current`, and its image still exists.
  func restorable(
    from current: Deployment, _ wanted: TrackImage?
  ) throws -> (Deployment, TrackImage) {
    var before: Int64?
    var examined = 0
    var wasDeployed = false
    repeat {
      let page = try reader.deployments(
        DeploymentQuery(
          componentId: request.componentId, trackId: request.trackId,
          environmentId: target.environment.id, imageId: wanted?.id, state: .succeeded,
          before: before, limit: Self.pageSize))
      for candidate in page.deployments {
        wasDeployed = true
        guard candidate.differs(from: current), wanted != nil || candidate.rolledBackBy.isEmpty
        else { continue }
        let image =
          try wanted
          ?? reader.image(componentId: request.componentId, id: candidate.imageId)
        if let image { return (candidate, image) }
      }
      examined += page.deployments.count
      before = page.next
    } while before != nil && examined < Self.maximumExamined
    throw refusal(current, wanted, wasDeployed: wasDeployed)
  }

  private func refusal(
    _ current: Deployment, _ wanted: TrackImage?, wasDeployed: Bool
  ) -> DomainError {
    let environmentId = target.environment.id
    guard let wanted else {
      return .noRollbackTarget(trackId: request.trackId, environmentId: environmentId)
    }
    return wasDeployed
      ? .alreadyCurrent(imageId: wanted.id, environmentId: environmentId)
      : .imageNotDeployed(
        imageId: wanted.id, trackId: request.trackId, environmentId: environmentId)
  }
}

extension Deployment {
  /// Whether it would change an environment that has `other`.
  fileprivate func differs(from other: Deployment) -> Bool {
    imageId != other.imageId || configRevision != other.configRevision
      || apiSettings != other.apiSettings
  }
}

import TrackDomain

/// Records the place of a deployment, in the transaction that begins its publication.
struct PlaceRecord {
  /// The operation of the deployment.
  let operation: Operation
  let now: Timestamp
  let transaction: any StoreTransaction

  /// Records the new place. If the binding names another one, adds an operation that cleans that up
  /// once a deployment has succeeded here.
  ///
  /// - Parameter place: nil for a deployer that keeps no places.
  func move(to place: DeploymentPlace?) throws(StoreError) {
    let former = try transaction.binding(
      componentId: operation.componentId, trackId: operation.trackId,
      environmentId: operation.environmentId)
    if former?.place == place { return }
    if let old = former?.place, place?.isSame(as: old) != true { try leave(old) }
    var binding =
      former
      ?? EnvironmentBinding(
        componentId: operation.componentId, trackId: operation.trackId,
        environmentId: operation.environmentId)
    binding.place = place
    try transaction.putBinding(binding)
    if let place { try keepBranch(of: place) }
  }

  private func leave(_ place: DeploymentPlace) throws(StoreError) {
    try transaction.insertOperation(
      Operation(
        id: UniqueID.random().description, kind: .placeCleaning,
        componentId: operation.componentId, trackId: operation.trackId,
        environmentId: operation.environmentId, dueAt: now, createdAt: now,
        actor: operation.actor,
        left: Operation.LeftPlace(place, movedBy: operation.id)))
  }

  /// Writes the branch that was found into an environment that names none, so that later changes of
  /// the repository's HEAD do not matter.
  private func keepBranch(of place: DeploymentPlace) throws(StoreError) {
    guard !place.branch.isEmpty,
      case .environment(var environment) = try transaction.catalogResource(
        .environment, id: operation.environmentId), environment.gitopsBranch.isEmpty
    else { return }
    environment.gitopsBranch = place.branch
    guard environment.place == place else { return }
    let resource = CatalogResource.environment(environment)
    try transaction.putCatalogResource(resource)
    try transaction.appendChange(
      Change(
        kind: .updated, resource: ResourceKind(.environment), resourceId: environment.id,
        projectId: environment.projectId, componentId: "", at: now, actor: operation.actor,
        snapshot: Snapshot.encode(resource)))
  }
}

import TrackDomain

/// Remembers where a deployment is about to be published, in the transaction that says so.
struct PlaceRecord {
  /// The deployment's.
  let operation: Operation
  let now: Timestamp
  let transaction: any StoreTransaction

  /// What is left in another place goes by an operation of its own, once something has succeeded
  /// here.
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

  /// An environment that named no branch has the one that was found from now on, whatever becomes
  /// of the repository's HEAD.
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

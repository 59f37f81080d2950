import TrackDomain

/// What a new deployment is to be.
struct DeploymentDraft: Sendable {
  /// Of the track; it may be about to be stored in the same transaction.
  var image: TrackImage
  /// `.deploy` becomes `.redeploy` where the image is active already.
  var kind: DeploymentKind
  /// Nil: release management makes them.
  var releaseIds: ReleaseIds?
  var apiSettings: APISettings?
  var reason = ""
  var bypassReason = ""
}

/// A deployment that the rules allow.
struct AcceptedDeployment {
  let deployment: Deployment
  /// The effects: what waits for the same place is superseded; the deployment, its operation and
  /// the entries of the change log are written.
  let apply: (any StoreTransaction) throws(StoreError) -> Void
}

/// The rules for new deployments of a track, and what accepting one does.
///
/// Reads only; the track and the image may be about to be stored in the same transaction.
struct DeploymentAcceptance {
  let changes: DeploymentChanges
  let track: Track
  let reader: any StoreReader

  init(_ situation: Situation, component: ComponentContext, track: Track) {
    changes = DeploymentChanges(situation, component: component)
    reader = situation.reader
    self.track = track
  }

  /// Where a deployment goes that names an environment, a pipeline, both or neither (empty).
  ///
  /// Throws `DomainError`: see `DeploymentTarget.init`.
  func target(environmentId: String, pipelineId: String = "") throws -> DeploymentTarget {
    try DeploymentTarget(
      environmentId: environmentId, pipelineId: pipelineId,
      component: changes.component.component, reader)
  }

  /// An image of the component, or the error that it does not exist.
  func image(_ id: String) throws -> TrackImage {
    guard let image = try reader.image(componentId: track.componentId, id: id) else {
      throw DomainError.imageNotFound(componentId: track.componentId, imageId: id)
    }
    return image
  }

  /// What the track has in the environment of `target`; nil when it never had anything there.
  func binding(_ target: DeploymentTarget) throws -> EnvironmentBinding? {
    try reader.binding(
      componentId: track.componentId, trackId: track.id, environmentId: target.environment.id)
  }

  /// Deployments into the environment of `target` that have not ended, oldest first.
  func unfinished(_ target: DeploymentTarget) throws -> [Deployment] {
    try reader.unfinishedDeployments(
      componentId: track.componentId, trackId: track.id, environmentId: target.environment.id)
  }

  /// Accepts a deployment that is no rollback.
  ///
  /// Throws `DomainError`: IMAGE_NOT_IN_TRACK, BRANCH_UNLINKED, NOT_PROMOTED.
  func plan(
    _ draft: DeploymentDraft, into target: DeploymentTarget
  ) throws -> AcceptedDeployment {
    guard draft.image.trackId == track.id else {
      throw DomainError.imageNotInTrack(imageId: draft.image.id, trackId: track.id)
    }
    try checkBranch(draft.image)
    let isInOrder = try isPromoted(draft.image, to: target)
    if !isInOrder, draft.bypassReason.isEmpty {
      throw DomainError.notPromoted(
        imageId: draft.image.id, environmentId: target.environment.id,
        previousId: target.previousId ?? "")
    }
    let isCurrent = try binding(target)?.currentImageId == draft.image.id
    var deployment = deployment(
      of: draft.image, kind: draft.kind == .deploy && isCurrent ? .redeploy : draft.kind,
      into: target)
    deployment.configRevision = track.configRevision
    deployment.apiSettings = draft.apiSettings
    deployment.reason = draft.reason
    deployment.bypassReason = isInOrder ? "" : draft.bypassReason
    return try accept(deployment, releaseIds: draft.releaseIds, target)
  }

  /// A deployment as it begins.
  func deployment(
    of image: TrackImage, kind: DeploymentKind, into target: DeploymentTarget
  ) -> Deployment {
    Deployment(
      id: UniqueID.random().description, componentId: track.componentId, trackId: track.id,
      environmentId: target.environment.id, imageId: image.id, kind: kind, actor: changes.actor,
      createdAt: changes.now)
  }

  /// Accepts a deployment that the rules allow.
  func accept(
    _ deployment: Deployment, releaseIds: ReleaseIds?, _ target: DeploymentTarget
  ) throws -> AcceptedDeployment {
    var deployment = deployment
    deployment.releaseId = releaseIds?.releaseId ?? ""
    deployment.releaseDeploymentId = releaseIds?.releaseDeploymentId ?? ""
    let accepted = deployment
    let unfinished = try unfinished(target)
    let operation = Operation(
      id: accepted.id, kind: .deployment, componentId: accepted.componentId,
      trackId: accepted.trackId, environmentId: accepted.environmentId, dueAt: changes.now,
      createdAt: changes.now, actor: changes.actor)
    let changes = changes
    return AcceptedDeployment(deployment: accepted) {
      (transaction: any StoreTransaction) throws(StoreError) in
      for waiting in unfinished where waiting.state == .queued {
        try changes.end(waiting, as: .superseded, transaction)
      }
      let stored = try transaction.insertDeployment(accepted)
      try transaction.insertOperation(operation)
      try transaction.appendChange(changes.change(.created, stored))
    }
  }

  // MARK: Rules

  /// An unlinked track of a component that is built from source deploys only what it deployed
  /// before.
  private func checkBranch(_ image: TrackImage) throws {
    guard track.branch.isEmpty, changes.component.component.imageSource == .build else { return }
    guard
      try reader.wasDeployed(
        componentId: track.componentId, trackId: track.id, imageId: image.id)
    else { throw DomainError.branchUnlinked(trackId: track.id, imageId: image.id) }
  }

  /// Whether the image is active in the environment before the target, if there is one.
  private func isPromoted(_ image: TrackImage, to target: DeploymentTarget) throws -> Bool {
    guard let previousId = target.previousId else { return true }
    let binding = try reader.binding(
      componentId: track.componentId, trackId: track.id, environmentId: previousId)
    return binding?.currentImageId == image.id
  }
}

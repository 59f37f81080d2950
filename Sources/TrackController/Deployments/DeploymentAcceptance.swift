import TrackDomain

/// The properties of a new deployment, before the rules have been checked.
struct DeploymentDraft: Sendable {
  /// An image of the track, or one that the same transaction is about to store.
  var image: TrackImage
  /// `.deploy` becomes `.redeploy` where the image is active already.
  var kind: DeploymentKind
  /// Nil: release management makes the ids.
  var releaseIds: ReleaseIds?
  var apiSettings: APISettings?
  var reason = ""
  var bypassReason = ""
  /// The deployment that must be active; empty for no check.
  var expectedCurrentId = ""
  /// How the build of the image ended; nil where this is unknown.
  var build: BuildStatus?
}

/// A deployment that the rules allow.
struct AcceptedDeployment {
  let deployment: Deployment
  /// The effects: supersedes the deployments that wait for the same place; writes the deployment,
  /// its operation and the entries of the change log.
  let apply: (any StoreTransaction) throws(StoreError) -> Void
}

/// The rules for new deployments of a track, and the effects of accepting one.
///
/// Reads only; the track and the image may be about to be stored in the same transaction.
struct DeploymentAcceptance {
  let changes: DeploymentChanges
  let track: Track
  let reader: any StoreReader

  init(_ context: PlanContext, component: ComponentContext, track: Track) {
    changes = DeploymentChanges(context, component: component)
    reader = context.reader
    self.track = track
  }

  /// The place of a deployment whose call names an environment, a pipeline, both or neither
  /// (empty).
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

  /// The track's binding to the environment of `target`; nil when nothing was ever deployed there.
  func binding(_ target: DeploymentTarget) throws -> EnvironmentBinding? {
    try reader.binding(
      componentId: track.componentId, trackId: track.id, environmentId: target.environment.id)
  }

  /// Deployments into the environment of `target` that have not ended, oldest first.
  func unfinished(_ target: DeploymentTarget) throws -> [Deployment] {
    try reader.unfinishedDeployments(
      componentId: track.componentId, trackId: track.id, environmentId: target.environment.id)
  }

  /// Refuses when the active deployment is not `expected`, or another deployment is under way: that
  /// one would be active by the time this one is published. An empty `expected` means no check.
  func checkExpectation(_ expected: String, _ target: DeploymentTarget) throws {
    if expected.isEmpty { return }
    let current = try binding(target)?.currentDeploymentId ?? ""
    let pending = try unfinished(target).last
    guard expected == current, pending == nil else {
      throw DomainError.currentDeploymentChanged(
        environmentId: target.environment.id, current: current, pending: pending?.id ?? "")
    }
  }

  /// Accepts a deployment other than a rollback.
  ///
  /// Throws `DomainError`: IMAGE_NOT_IN_TRACK, IMAGE_NOT_READY, BRANCH_UNLINKED, NOT_PROMOTED,
  /// CONFIG_INCOMPLETE.
  func plan(
    _ draft: DeploymentDraft, into target: DeploymentTarget
  ) throws -> AcceptedDeployment {
    guard draft.image.trackId == track.id else {
      throw DomainError.imageNotInTrack(imageId: draft.image.id, trackId: track.id)
    }
    if let build = draft.build, build.hasFailed {
      throw DomainError.imageNotReady(imageId: draft.image.id, status: build.status)
    }
    try checkBranch(draft.image)
    let conditions = DeploymentConditions(
      expectedCurrentId: draft.expectedCurrentId, promotedFrom: target.previousId ?? "",
      bypassReason: draft.bypassReason)
    var deployment = deployment(of: draft.image, kind: draft.kind, into: target)
    deployment.configRevision = track.configRevision
    deployment.apiSettings = draft.apiSettings
    deployment.reason = draft.reason
    try DeploymentRecheck(conditions, reader).apply(to: &deployment)
    try checkVariables(&deployment, bypassReason: draft.bypassReason)
    return try accept(deployment, conditions, releaseIds: draft.releaseIds, target)
  }

  /// A new deployment, before it is stored.
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
    _ deployment: Deployment, _ conditions: DeploymentConditions, releaseIds: ReleaseIds?,
    _ target: DeploymentTarget
  ) throws -> AcceptedDeployment {
    var deployment = deployment
    deployment.releaseId = releaseIds?.releaseId ?? ""
    deployment.releaseDeploymentId = releaseIds?.releaseDeploymentId ?? ""
    let accepted = deployment
    let unfinished = try unfinished(target)
    let operation = Operation(
      id: accepted.id, kind: .deployment, componentId: accepted.componentId,
      trackId: accepted.trackId, environmentId: accepted.environmentId, dueAt: changes.now,
      conditions: conditions, createdAt: changes.now, actor: changes.actor)
    let changes = changes
    return AcceptedDeployment(deployment: accepted) {
      (transaction: any StoreTransaction) throws(StoreError) in
      for waiting in unfinished where waiting.state == .queued {
        try changes.end(waiting, as: .superseded, transaction)
      }
      try transaction.insertDeployment(accepted)
      try transaction.insertOperation(operation)
      try transaction.appendChange(changes.change(.created, accepted))
    }
  }

  // MARK: Rules

  /// Requires a value for each variable that the source config requires, or a reason, which the
  /// deployment keeps. The configuration of a deployment never changes, so one check is enough.
  private func checkVariables(_ deployment: inout Deployment, bypassReason: String) throws {
    let configs = try reader.configs(of: deployment)
    let missing = configs.missingVariables
    if missing.isEmpty { return }
    guard !bypassReason.isEmpty else {
      throw DomainError.configIncomplete(trackId: track.id, variables: missing)
    }
    deployment.bypassReason = bypassReason
  }

  /// An unlinked track of a component that is built from source deploys only what it deployed
  /// before.
  private func checkBranch(_ image: TrackImage) throws {
    guard track.branch.isEmpty, changes.component.component.imageSource == .build else { return }
    guard
      try reader.wasDeployed(
        componentId: track.componentId, trackId: track.id, imageId: image.id)
    else { throw DomainError.branchUnlinked(trackId: track.id, imageId: image.id) }
  }
}

extension StoreReader {
  /// The configuration of a deployment; an empty one where it has none, or the track is about to be
  /// stored.
  func configs(of deployment: Deployment) throws(StoreError) -> TrackConfigs {
    guard deployment.configRevision > 0 else { return TrackConfigs() }
    return try configRevision(
      componentId: deployment.componentId, trackId: deployment.trackId,
      number: deployment.configRevision
    )?.configs ?? TrackConfigs()
  }
}

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
/// The track and the image may be about to be stored in the same transaction.
struct DeploymentAcceptance {
  let changes: DeploymentChanges
  let track: Track
  let query: DeploymentFactsQuery
  /// What the store answered to `query`.
  let facts: DeploymentFacts
  /// Whether environments without a repository have one of trackd's own.
  private let hasOwnGitOps: Bool

  init(
    _ context: PlanContext, component: ComponentContext, track: Track,
    _ query: DeploymentFactsQuery, _ facts: DeploymentFacts
  ) {
    changes = DeploymentChanges(context, component: component)
    self.track = track
    self.query = query
    hasOwnGitOps = context.hasOwnGitOps
    self.facts = facts
  }

  /// Where the deployment goes.
  ///
  /// Throws `DomainError`: see `DeploymentTarget.init`; GITOPS_REPOSITORY_REQUIRED.
  func target() throws(DomainError) -> DeploymentTarget {
    let target = try DeploymentTarget(query, of: changes.component.component, facts)
    guard hasOwnGitOps || !target.environment.gitopsRepositoryURL.isEmpty else {
      throw .gitopsRepositoryRequired(environmentId: target.environment.id)
    }
    return target
  }

  /// The image that the query names, or the error that it does not exist.
  func image() throws(DomainError) -> TrackImage {
    guard let image = facts.image else {
      throw .imageNotFound(componentId: track.componentId, imageId: query.imageId)
    }
    return image
  }

  /// Refuses when another deployment than `expected` is active there, or any is on its way: by the
  /// time this one would be published, `expected` would not be what it replaces. Empty is no
  /// expectation.
  func checkExpectation(
    _ expected: String, _ target: DeploymentTarget
  ) throws(DomainError) {
    if expected.isEmpty { return }
    let current = facts.binding?.currentDeploymentId ?? ""
    let pending = facts.unfinished.last
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
  ) throws(DomainError) -> AcceptedDeployment {
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
    try DeploymentRecheck(
      conditions: conditions, binding: facts.binding, previousBinding: facts.previousBinding
    ).apply(to: &deployment)
    try checkVariables(&deployment, bypassReason: draft.bypassReason)
    return accept(deployment, conditions, releaseIds: draft.releaseIds)
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
    _ deployment: Deployment, _ conditions: DeploymentConditions, releaseIds: ReleaseIds?
  ) -> AcceptedDeployment {
    var deployment = deployment
    deployment.releaseId = releaseIds?.releaseId ?? ""
    deployment.releaseDeploymentId = releaseIds?.releaseDeploymentId ?? ""
    let accepted = deployment
    let unfinished = facts.unfinished
    let operation = Operation(
      id: accepted.id, kind: .deployment, componentId: accepted.componentId,
      trackId: accepted.trackId, environmentId: accepted.environmentId, dueAt: changes.now,
      conditions: conditions, createdAt: changes.now, actor: changes.actor)
    let changes = changes
    return AcceptedDeployment(deployment: accepted) {
      (transaction: any StoreTransaction) throws(StoreError) in
      for waiting in unfinished where waiting.state == .queued {
        transaction.foresee { () throws(StoreError) in
          _ = try transaction.operation(id: waiting.id)
        }
      }
      for waiting in unfinished where waiting.state == .queued {
        try changes.end(waiting, as: .superseded, transaction)
      }
      try transaction.insertDeployment(accepted)
      try transaction.insertOperation(operation)
      try transaction.appendChange(changes.change(.created, accepted))
    }
  }

  // MARK: Rules

  /// What the source config requires has a value, or a reason is given, which is kept then. The
  /// configuration of a deployment never changes: this is not looked at again.
  private func checkVariables(
    _ deployment: inout Deployment, bypassReason: String
  ) throws(DomainError) {
    let missing = (facts.configs ?? TrackConfigs()).missingVariables
    if missing.isEmpty { return }
    guard !bypassReason.isEmpty else {
      throw DomainError.configIncomplete(trackId: track.id, variables: missing)
    }
    deployment.bypassReason = bypassReason
  }

  /// An unlinked track of a component that is built from source deploys only what it deployed
  /// before.
  private func checkBranch(_ image: TrackImage) throws(DomainError) {
    guard track.branch.isEmpty, changes.component.component.imageSource == .build else { return }
    guard facts.wasDeployed else {
      throw DomainError.branchUnlinked(trackId: track.id, imageId: image.id)
    }
  }
}

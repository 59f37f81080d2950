import TrackDomain

/// Decides whether an image that is being saved deploys by itself.
struct AutoDeploy {
  /// What is decided, and the deployment that comes of it.
  struct Decision {
    let outcome: AutoDeployOutcome
    let accepted: AcceptedDeployment?

    init(_ decision: AutoDeployDecision, _ message: String = "") {
      outcome = AutoDeployOutcome(decision, message: message)
      accepted = nil
    }

    init(refusedBy error: DomainError) {
      outcome = AutoDeployOutcome(
        .refused, reason: error.reason.rawValue, message: error.message)
      accepted = nil
    }

    init(_ accepted: AcceptedDeployment) {
      outcome = AutoDeployOutcome(.started, deploymentId: accepted.deployment.id)
      self.accepted = accepted
    }
  }

  private let acceptance: DeploymentAcceptance

  init(_ acceptance: DeploymentAcceptance) {
    self.acceptance = acceptance
  }

  /// Looks for what stands in the way, in the order of the decisions' meaning: the track's own
  /// state, the environment, and then the rules for any deployment. Reads only.
  ///
  /// Throws `StoreError`.
  func decide(_ image: TrackImage, environmentId: String) throws -> Decision {
    let track = acceptance.track
    guard track.autoDeployEnabled else { return Decision(.disabled) }
    if track.branch.isEmpty, acceptance.changes.component.component.imageSource == .build {
      return Decision(.branchUnlinked)
    }
    do {
      return try decide(image, into: acceptance.target(environmentId: environmentId))
    } catch let error as DomainError where error.reason == .noEnvironment {
      return Decision(.noEnvironment, error.message)
    } catch let error as DomainError {
      return Decision(refusedBy: error)
    }
  }

  private func decide(_ image: TrackImage, into target: DeploymentTarget) throws -> Decision {
    let binding = try acceptance.binding(target)
    let environmentId = target.environment.id
    if let binding, !binding.heldBy.isEmpty {
      return Decision(
        .held,
        "rollback \(binding.heldBy) holds auto-deploy in environment \(environmentId)")
    }
    if let newer = try newerImage(than: image, binding, target) {
      return Decision(
        .staleCommit,
        "environment \(environmentId) has, or is about to get, image \(newer.id), "
          + "whose commit is newer")
    }
    return Decision(
      try acceptance.plan(DeploymentDraft(image: image, kind: .auto), into: target))
  }

  /// An image of a newer commit that is in the environment, or on its way there. An image of which
  /// nobody knows the time of the commit is neither newer nor older.
  private func newerImage(
    than image: TrackImage, _ binding: EnvironmentBinding?, _ target: DeploymentTarget
  ) throws -> TrackImage? {
    guard let time = image.committedAt else { return nil }
    var ids = try acceptance.unfinished(target).map(\.imageId)
    if let current = binding?.currentImageId, !current.isEmpty { ids.append(current) }
    for id in ids {
      let other = try acceptance.reader.image(componentId: image.componentId, id: id)
      if let other, let otherTime = other.committedAt, otherTime > time { return other }
    }
    return nil
  }
}

import TrackDomain

/// Decides whether an image that is being saved deploys by itself.
struct AutoDeploy {
  /// The decision, and the deployment that it starts.
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

  /// The part of the decision that does not depend on the image.
  private enum Way {
    case closed(Decision)
    /// The images that are in the environment or on their way there.
    case open(DeploymentTarget, rivals: [TrackImage])
  }

  private let acceptance: DeploymentAcceptance
  private let order: CommitOrder
  private let build: BuildStatus?

  /// - Parameter build: how the build of the image ended; nil where this is unknown.
  init(
    _ acceptance: DeploymentAcceptance, _ order: CommitOrder = CommitOrder(),
    build: BuildStatus? = nil
  ) {
    self.acceptance = acceptance
    self.order = order
    self.build = build
  }

  /// Checks the track's own state first, then the environment, then the rules for any deployment:
  /// the first obstacle is the decision. Reads only.
  ///
  /// Throws `StoreError`.
  func decide(_ image: TrackImage, environmentId: String) throws -> Decision {
    do {
      switch try way(environmentId) {
      case .closed(let decision): return decision
      case .open(let target, let rivals):
        if let newer = rivals.first(where: { order.isNewer($0, than: image) }) {
          return Decision(
            .staleCommit,
            "environment \(target.environment.id) has, or is about to get, image \(newer.id), "
              + "whose commit is newer")
        }
        return Decision(
          try acceptance.plan(
            DeploymentDraft(image: image, kind: .auto, build: build), into: target))
      }
    } catch let error as DomainError where error.reason == .noEnvironment {
      return Decision(.noEnvironment, error.message)
    } catch let error as DomainError {
      return Decision(refusedBy: error)
    }
  }

  /// The pairs of commits on whose order the decision depends; none when it depends on other facts.
  ///
  /// Throws `StoreError` and `DomainError`.
  func openPairs(_ image: TrackImage, environmentId: String) throws -> Set<CommitPair> {
    switch try way(environmentId) {
    case .closed: []
    case .open(_, let rivals): Set(rivals.compactMap { CommitOrder.pair(image, $0) })
    }
  }

  private func way(_ environmentId: String) throws -> Way {
    let track = acceptance.track
    guard track.autoDeployEnabled else { return .closed(Decision(.disabled)) }
    if track.branch.isEmpty, acceptance.changes.component.component.imageSource == .build {
      return .closed(Decision(.branchUnlinked))
    }
    let target = try acceptance.target(environmentId: environmentId)
    let binding = try acceptance.binding(target)
    if let binding, !binding.heldBy.isEmpty {
      return .closed(
        Decision(
          .held,
          "rollback \(binding.heldBy) holds auto-deploy in environment \(target.environment.id)"))
    }
    var ids = try acceptance.unfinished(target).map(\.imageId)
    if let current = binding?.currentImageId, !current.isEmpty { ids.append(current) }
    let rivals = try ids.compactMap {
      try acceptance.reader.image(componentId: track.componentId, id: $0)
    }
    return .open(target, rivals: rivals)
  }
}

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
    case open(DeploymentTarget)
  }

  private let acceptance: DeploymentAcceptance
  /// The images that are in the environment or on their way there.
  private let rivals: [TrackImage]
  private let order: CommitOrder
  private let build: BuildStatus?
  private let refusal: DomainError?

  /// - Parameters:
  ///   - build: how the build of the image ended; nil where this is unknown.
  ///   - refusal: why the caller may not have it deployed where the request wants it; nil when they
  ///     may.
  init(
    _ acceptance: DeploymentAcceptance, rivals: [TrackImage], _ order: CommitOrder = CommitOrder(),
    build: BuildStatus? = nil, refusal: DomainError? = nil
  ) {
    self.acceptance = acceptance
    self.rivals = rivals
    self.order = order
    self.build = build
    self.refusal = refusal
  }

  /// Looks for what stands in the way, in the order of the decisions' meaning: the track's own
  /// state, the environment, and then the rules for any deployment.
  func decide(_ image: TrackImage) -> Decision {
    do throws(DomainError) {
      switch try way() {
      case .closed(let decision): return decision
      case .open(let target):
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
    } catch {
      return error.reason == .noEnvironment
        ? Decision(.noEnvironment, error.message) : Decision(refusedBy: error)
    }
  }

  /// The pairs of commits on whose order the decision depends; none when it depends on other facts.
  ///
  /// Throws `DomainError` when there is nowhere to deploy into.
  func openPairs(_ image: TrackImage) throws(DomainError) -> Set<CommitPair> {
    switch try way() {
    case .closed: []
    case .open: Set(rivals.compactMap { CommitOrder.pair(image, $0) })
    }
  }

  private func way() throws(DomainError) -> Way {
    let track = acceptance.track
    guard track.autoDeployEnabled else { return .closed(Decision(.disabled)) }
    if track.branch.isEmpty, acceptance.changes.component.component.imageSource == .build {
      return .closed(Decision(.branchUnlinked))
    }
    // Before anything is said of the environment.
    if let refusal { throw refusal }
    let target = try acceptance.target()
    if let binding = acceptance.facts.binding, !binding.heldBy.isEmpty {
      return .closed(
        Decision(
          .held,
          "rollback \(binding.heldBy) holds auto-deploy in environment \(target.environment.id)"))
    }
    return .open(target)
  }
}

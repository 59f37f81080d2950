extension DomainError {
  // MARK: The request

  public static func environmentNotInPipeline(
    _ environmentId: String, pipelineId: String
  ) -> DomainError {
    DomainError(
      .invalidArgument, .environmentNotInPipeline,
      "environment_id: environment \(environmentId) is not in deployment pipeline \(pipelineId)",
      metadata: [
        "field": "environment_id", "environment": environmentId, "deployment_pipeline": pipelineId,
      ],
      fields: [
        FieldViolation(field: "environment_id", description: "must be in the deployment pipeline")
      ])
  }

  // MARK: Existence

  public static func imageNotFound(componentId: String, imageId: String) -> DomainError {
    DomainError(
      .notFound, .imageNotFound, "image \(imageId) of component \(componentId) does not exist",
      metadata: ["component": componentId, "image": imageId], resource: .image(imageId))
  }

  public static func deploymentNotFound(trackId: String, deploymentId: String) -> DomainError {
    DomainError(
      .notFound, .deploymentNotFound,
      "deployment \(deploymentId) of deployment track \(trackId) does not exist",
      metadata: ["deployment_track": trackId, "deployment": deploymentId],
      resource: .deployment(deploymentId))
  }

  // MARK: State

  public static func trackDeleting(componentId: String, trackId: String) -> DomainError {
    failedPrecondition(
      .trackDeleting, "deployment track \(trackId) is being deleted",
      subject: "deploymentTracks/\(trackId)",
      metadata: ["component": componentId, "deployment_track": trackId])
  }

  public static func trackHasActiveDeployments(
    trackId: String, environmentIds: [String]
  ) -> DomainError {
    let environments = environmentIds.joined(separator: ", ")
    return failedPrecondition(
      .trackHasActiveDeployments,
      "deployment track \(trackId) has active or unfinished deployments in \(environments); "
        + "force deletes it all the same",
      subject: "deploymentTracks/\(trackId)",
      metadata: ["deployment_track": trackId, "environments": environments])
  }

  /// The deletion of a track goes on in the background, or could not be finished.
  public static func cleanupPending(
    trackId: String, because hindrance: DeletionHindrance
  ) -> DomainError {
    DomainError(
      .unavailable, .cleanupPending,
      "deployment track \(trackId) is not deleted yet: \(hindrance.words)",
      metadata: ["deployment_track": trackId, "detail": hindrance.words],
      resource: .track(trackId), retrySeconds: 5)
  }

  /// Something that the track has outside of trackd cannot be removed. Trying again does not help
  /// until an operator has removed the cause.
  public static func cleanupRefused(trackId: String, detail: String) -> DomainError {
    failedPrecondition(
      .cleanupRefused,
      "deployment track \(trackId) was not deleted, because what it has outside of trackd cannot be "
        + "removed: \(detail)",
      subject: "deploymentTracks/\(trackId)",
      metadata: ["deployment_track": trackId, "detail": detail])
  }

  public static func noEnvironment(componentId: String) -> DomainError {
    failedPrecondition(
      .noEnvironment,
      "there is no environment to deploy into: the call names none, and component \(componentId) "
        + "has no default deployment pipeline",
      subject: "components/\(componentId)", metadata: ["component": componentId])
  }

  /// An environment without a repository, on a server that has none of its own.
  public static func gitopsRepositoryRequired() -> DomainError {
    .invalid(
      "environment.gitops_repository_url",
      InvalidValue(
        .gitopsRepositoryRequired,
        "must name a repository: several servers may share this store, and none of them has one for "
          + "all"))
  }

  /// A deployment into such an environment, which was there before.
  public static func gitopsRepositoryRequired(environmentId: String) -> DomainError {
    failedPrecondition(
      .gitopsRepositoryRequired,
      "environment \(environmentId) names no GitOps repository, and this server has none of its own",
      subject: "environments/\(environmentId)", metadata: ["environment": environmentId])
  }

  public static func imageNotInTrack(imageId: String, trackId: String) -> DomainError {
    failedPrecondition(
      .imageNotInTrack, "image \(imageId) does not belong to deployment track \(trackId)",
      subject: "images/\(imageId)", metadata: ["image": imageId, "deployment_track": trackId])
  }

  /// A track without a branch, of a component that is built from source, may deploy only images
  /// that it deployed before.
  public static func branchUnlinked(trackId: String, imageId: String) -> DomainError {
    failedPrecondition(
      .branchUnlinked,
      "deployment track \(trackId) is not linked to a branch, and it has not deployed image "
        + "\(imageId) before",
      subject: "deploymentTracks/\(trackId)",
      metadata: ["deployment_track": trackId, "image": imageId])
  }

  /// - Parameter status: how the build ended, in the build service's own word.
  public static func imageNotReady(imageId: String, status: String) -> DomainError {
    failedPrecondition(
      .imageNotReady, "image \(imageId) cannot be deployed: its build ended with \(status)",
      subject: "images/\(imageId)", metadata: ["image": imageId, "status": status])
  }

  /// Required variables have no value. Names at most twenty of them: they travel in the trailers,
  /// whose size clients limit.
  public static func configIncomplete(trackId: String, variables: [String]) -> DomainError {
    var names = variables.prefix(Violations.limit).joined(separator: ", ")
    if variables.count > Violations.limit {
      names += " and \(variables.count - Violations.limit) more"
    }
    return failedPrecondition(
      .configIncomplete,
      "deployment track \(trackId) has no value for environment variables that its source config "
        + "requires: \(names); bypass_reason skips this check",
      subject: "deploymentTracks/\(trackId)",
      metadata: ["deployment_track": trackId, "environment_variables": names])
  }

  public static func notPromoted(
    imageId: String, environmentId: String, previousId: String
  ) -> DomainError {
    failedPrecondition(
      .notPromoted,
      "image \(imageId) is not active in environment \(previousId), which comes before "
        + "\(environmentId); bypass_reason skips this check",
      subject: "environments/\(environmentId)",
      metadata: [
        "image": imageId, "environment": environmentId, "previous_environment": previousId,
      ])
  }

  public static func noRollbackTarget(trackId: String, environmentId: String) -> DomainError {
    failedPrecondition(
      .noRollbackTarget,
      "deployment track \(trackId) has no earlier deployment in environment \(environmentId) that "
        + "succeeded, differs from the current one and was not rolled back",
      subject: "environments/\(environmentId)",
      metadata: ["deployment_track": trackId, "environment": environmentId])
  }

  public static func imageNotDeployed(
    imageId: String, trackId: String, environmentId: String
  ) -> DomainError {
    failedPrecondition(
      .imageNotDeployed,
      "deployment track \(trackId) never deployed image \(imageId) into environment "
        + "\(environmentId) with success",
      subject: "images/\(imageId)",
      metadata: ["image": imageId, "deployment_track": trackId, "environment": environmentId])
  }

  public static func alreadyCurrent(imageId: String, environmentId: String) -> DomainError {
    failedPrecondition(
      .alreadyCurrent,
      "image \(imageId) is active in environment \(environmentId) already, with the configuration "
        + "of each of its deployments",
      subject: "images/\(imageId)", metadata: ["image": imageId, "environment": environmentId])
  }

  public static func deploymentEnded(
    _ deploymentId: String, state: DeploymentState
  ) -> DomainError {
    failedPrecondition(
      .deploymentEnded, "deployment \(deploymentId) has ended: it is \(state.words)",
      subject: "deployments/\(deploymentId)",
      metadata: ["deployment": deploymentId, "state": state.words])
  }

  public static func deploymentPublishing(_ deploymentId: String) -> DomainError {
    failedPrecondition(
      .deploymentPublishing, "deployment \(deploymentId) is being published",
      subject: "deployments/\(deploymentId)", metadata: ["deployment": deploymentId])
  }

  /// - Parameters:
  ///   - current: the active deployment's id; empty when nothing is active there.
  ///   - pending: the id of the deployment that is about to become active there; empty for none.
  public static func currentDeploymentChanged(
    environmentId: String, current: String, pending: String = ""
  ) -> DomainError {
    let active = current.isEmpty ? "nothing" : "deployment \(current)"
    let next = pending.isEmpty ? "" : ", and deployment \(pending) is on its way there"
    return DomainError(
      .aborted, .currentDeploymentChanged,
      "\(active) is active in environment \(environmentId) now\(next)",
      metadata: [
        "environment": environmentId, "current_deployment": current,
        "pending_deployment": pending,
      ],
      resource: .deployment(pending.isEmpty ? current : pending))
  }
}

extension DomainError.Resource {
  public static func image(_ id: String) -> Self { Self(type: "DeploymentTrackImage", name: id) }
  public static func deployment(_ id: String) -> Self { Self(type: "Deployment", name: id) }
}

extension DeploymentState {
  /// The state as people say it.
  fileprivate var words: String {
    switch self {
    case .queued: "queued"
    case .inProgress: "in progress"
    case .succeeded: "succeeded"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .superseded: "superseded"
    }
  }
}

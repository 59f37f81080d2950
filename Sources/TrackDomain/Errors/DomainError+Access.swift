extension DomainError {
  /// The caller may know of the place, and may not do that there.
  ///
  /// - Parameter place: as far as the caller may know it.
  public static func noRight(to verb: Verb, at place: AccessPlace) -> DomainError {
    DomainError(
      .permissionDenied, .noRight,
      "this needs the right to \(verb.rawValue) for \(place), which the caller does not have",
      metadata: ["verb": verb.rawValue, "scope": place.description])
  }

  /// A new resource has an id that a resource has which the caller may not know of.
  public static func idTaken(_ kind: CatalogKind, _ id: String) -> DomainError {
    DomainError(
      .alreadyExists, .idTaken, "the id \(id) is taken: ids of \(kind.words)s are global",
      metadata: [kind.metadataKey: id], resource: Resource(type: kind.typeName, name: id))
  }

  /// The error for a caller who may change something, and not read it: its reason alone. Errors that
  /// name only the request stay.
  public var withoutNames: DomainError {
    if namesOnlyTheRequest { return self }
    return DomainError(
      kind, reason, "\(reason.rawValue): who may read what the call is about is told more",
      retrySeconds: retrySeconds)
  }

  /// Whether the error names nothing but what its caller named, and rights.
  public var namesOnlyTheRequest: Bool { reason.namesOnlyTheRequest }
}

extension ErrorReason {
  /// The one table of what goes to callers who may change something, and not read it. Whatever may
  /// name something that the request does not name is false.
  public var namesOnlyTheRequest: Bool {
    switch self {
    case .invalidId, .invalidAPIVersion, .apiVersionRequired, .invalidBranch, .invalidDescription,
      .invalidEndpoint, .invalidResource, .repositoryHostNotAllowed, .invalidRequestId,
      .requestIdReused, .invalidActor, .invalidUpdateMask, .immutableField, .invalidPageSize,
      .invalidPageToken, .invalidFilter, .invalidOrderBy, .invalidImage, .invalidCommitHash,
      .invalidReason, .invalidRelease, .invalidAPISettings, .invalidEnvironmentVariable,
      .invalidConfigRevision, .invalidResumeToken:
      true
    case .organizationNotFound, .projectNotFound, .componentNotFound, .environmentNotFound,
      .deploymentPipelineNotFound, .trackNotFound, .imageNotFound, .deploymentNotFound,
      .configRevisionNotFound:
      true
    case .noRight, .idTaken, .storageFull, .tooManyFollowers, .resync, .serverDraining,
      .storeUnavailable, .internalError:
      true
    case .gitopsRepositoryRequired, .notACommit, .commitNotFound, .sourceConfigNotFound,
      .environmentNotInPipeline:
      false
    case .apiVersionExists, .branchExists, .trackIdExists, .runIdConflict: false
    case .trackLimitReached, .gitUnavailable, .subscriptionsUnavailable, .cleanupPending: false
    case .lastTrack, .trackHasActiveDeployments, .trackDeleting, .imageNotInTrack,
      .imageNotDeployed, .imageNotReady, .configIncomplete, .noEnvironment, .notPromoted,
      .noRollbackTarget, .alreadyCurrent, .deploymentEnded, .deploymentPublishing,
      .cleanupRefused, .sourceConfigInvalid, .noRepository, .repoAccessLost, .branchUnlinked,
      .autoBuildDisabled, .autoDeployEnabled, .endpointNameTaken, .componentHasTracks,
      .organizationInUse, .projectInUse, .componentInUse, .pathTaken, .environmentInUse,
      .deploymentPipelineInUse, .etagMismatch, .currentDeploymentChanged:
      false
    }
  }
}

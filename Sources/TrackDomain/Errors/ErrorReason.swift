/// Why a call was refused, as callers see it in `google.rpc.ErrorInfo`.
///
/// Once published, a reason keeps its spelling and its meaning.
public enum ErrorReason: String, Sendable, Hashable, CaseIterable {
  // The request itself is wrong.
  case invalidId = "INVALID_ID"
  case invalidAPIVersion = "INVALID_API_VERSION"
  case apiVersionRequired = "API_VERSION_REQUIRED"
  case invalidBranch = "INVALID_BRANCH"
  case invalidDescription = "INVALID_DESCRIPTION"
  case invalidEndpoint = "INVALID_ENDPOINT"
  case invalidResource = "INVALID_RESOURCE"
  case gitopsRepositoryRequired = "GITOPS_REPOSITORY_REQUIRED"
  case repositoryHostNotAllowed = "REPOSITORY_HOST_NOT_ALLOWED"
  case invalidRequestId = "INVALID_REQUEST_ID"
  case requestIdReused = "REQUEST_ID_REUSED"
  case invalidActor = "INVALID_ACTOR"
  case invalidUpdateMask = "INVALID_UPDATE_MASK"
  case immutableField = "IMMUTABLE_FIELD"
  case invalidPageSize = "INVALID_PAGE_SIZE"
  case invalidPageToken = "INVALID_PAGE_TOKEN"
  case invalidFilter = "INVALID_FILTER"
  case invalidOrderBy = "INVALID_ORDER_BY"
  case invalidImage = "INVALID_IMAGE"
  case invalidCommitHash = "INVALID_COMMIT_HASH"
  case notACommit = "NOT_A_COMMIT"
  case invalidReason = "INVALID_REASON"
  case invalidRelease = "INVALID_RELEASE"
  case invalidAPISettings = "INVALID_API_SETTINGS"
  case invalidEnvironmentVariable = "INVALID_ENVIRONMENT_VARIABLE"
  case invalidConfigRevision = "INVALID_CONFIG_REVISION"
  case environmentNotInPipeline = "ENVIRONMENT_NOT_IN_PIPELINE"
  case invalidResumeToken = "INVALID_RESUME_TOKEN"

  // A resource does not exist.
  case organizationNotFound = "ORGANIZATION_NOT_FOUND"
  case projectNotFound = "PROJECT_NOT_FOUND"
  case componentNotFound = "COMPONENT_NOT_FOUND"
  case environmentNotFound = "ENVIRONMENT_NOT_FOUND"
  case deploymentPipelineNotFound = "DEPLOYMENT_PIPELINE_NOT_FOUND"
  case trackNotFound = "TRACK_NOT_FOUND"
  case imageNotFound = "IMAGE_NOT_FOUND"
  case deploymentNotFound = "DEPLOYMENT_NOT_FOUND"
  case configRevisionNotFound = "CONFIG_REVISION_NOT_FOUND"
  case commitNotFound = "COMMIT_NOT_FOUND"
  case sourceConfigNotFound = "SOURCE_CONFIG_NOT_FOUND"

  // The policy does not allow it.
  case noRight = "NO_RIGHT"

  // A resource exists already.
  case apiVersionExists = "API_VERSION_EXISTS"
  case branchExists = "BRANCH_EXISTS"
  case trackIdExists = "TRACK_ID_EXISTS"
  case runIdConflict = "RUN_ID_CONFLICT"
  case idTaken = "ID_TAKEN"

  // The plan or the disk does not allow it.
  case trackLimitReached = "TRACK_LIMIT_REACHED"
  case storageFull = "STORAGE_FULL"
  case tooManyFollowers = "TOO_MANY_FOLLOWERS"

  // The state does not allow it.
  case lastTrack = "LAST_TRACK"
  case trackHasActiveDeployments = "TRACK_HAS_ACTIVE_DEPLOYMENTS"
  case trackDeleting = "TRACK_DELETING"
  case imageNotInTrack = "IMAGE_NOT_IN_TRACK"
  case imageNotDeployed = "IMAGE_NOT_DEPLOYED"
  case imageNotReady = "IMAGE_NOT_READY"
  case configIncomplete = "CONFIG_INCOMPLETE"
  case noEnvironment = "NO_ENVIRONMENT"
  case notPromoted = "NOT_PROMOTED"
  case noRollbackTarget = "NO_ROLLBACK_TARGET"
  case alreadyCurrent = "ALREADY_CURRENT"
  case deploymentEnded = "DEPLOYMENT_ENDED"
  case deploymentPublishing = "DEPLOYMENT_PUBLISHING"
  case cleanupRefused = "CLEANUP_REFUSED"
  case sourceConfigInvalid = "SOURCE_CONFIG_INVALID"
  case noRepository = "NO_REPOSITORY"
  case repoAccessLost = "REPO_ACCESS_LOST"
  case branchUnlinked = "BRANCH_UNLINKED"
  case autoBuildDisabled = "AUTO_BUILD_DISABLED"
  case autoDeployEnabled = "AUTO_DEPLOY_ENABLED"
  case endpointNameTaken = "ENDPOINT_NAME_TAKEN"
  case componentHasTracks = "COMPONENT_HAS_TRACKS"
  case organizationInUse = "ORGANIZATION_IN_USE"
  case projectInUse = "PROJECT_IN_USE"
  case componentInUse = "COMPONENT_IN_USE"
  case pathTaken = "PATH_TAKEN"
  case environmentInUse = "ENVIRONMENT_IN_USE"
  case deploymentPipelineInUse = "DEPLOYMENT_PIPELINE_IN_USE"

  // The caller's view is out of date.
  case etagMismatch = "ETAG_MISMATCH"
  case currentDeploymentChanged = "CURRENT_DEPLOYMENT_CHANGED"
  case resync = "RESYNC"

  // Another system did not do its part.
  case gitUnavailable = "GIT_UNAVAILABLE"
  case subscriptionsUnavailable = "SUBSCRIPTIONS_UNAVAILABLE"
  case cleanupPending = "CLEANUP_PENDING"

  // trackd itself failed.
  case serverDraining = "SERVER_DRAINING"
  case storeUnavailable = "STORE_UNAVAILABLE"
  case internalError = "INTERNAL_ERROR"
}

public import TrackDomain

/// Events of an executor, for the operator's log.
public enum ExecutorEvent: Sendable {
  /// A step failed and is tried again.
  case retrying(operationId: String, attempts: Int32, error: String)
  /// A deployment failed.
  case failed(deploymentId: String, error: String)
  /// A deployment was cancelled before it was published, because a condition under which it was
  /// accepted no longer holds.
  case cancelled(deploymentId: String, reason: String)
  /// Release management will not get the report of a deployment.
  case reportDropped(deploymentId: String, error: String)
  /// The deletion of a track was given up; the track can be used again.
  case deletionGivenUp(componentId: String, trackId: String, error: String)
  /// A forced deletion left files in a place that could not be reached.
  case placeGivenUp(componentId: String, trackId: String, place: String, error: String)
  /// The folders of two environments overlap: manifests in one belong to the other, too.
  case sharedFolder(environmentId: String, otherId: String, DeploymentPlace)
  /// Another executor has taken an operation over: this one writes nothing more about it.
  case leaseLost(operationId: String)
  /// The store was restored from a backup: what was under way in it is held, and what it believes is
  /// compared with the repositories.
  case restoreFound(StoreRestore)
  /// A place does not hold what the restored store believes.
  case placeDiffers(PlaceDrift)
  /// Repositories could not be compared with the restored store yet.
  case notCompared(ComparedLane)
  /// The restored store was compared; what differs or is held has changed.
  case compared(RestoreReport)
  /// Nothing differs and nothing is held any more.
  case restoreEnded(StoreRestore)
  /// An operation is held since the store was restored.
  case held(operationId: String)
  /// The store did not take a write; it is tried again.
  case storeUnavailable(String)
  /// The store cannot read or change these operations; they are tried again later.
  case storeFailed(operationIds: [String], error: String)
}

/// The boundaries between the steps of a deployment, for a `StepObserver`.
public enum StepBoundary: String, Sendable, CaseIterable {
  /// It is accepted, and about to be leased.
  case accepted
  /// It is leased: in progress.
  case leased
  /// Its commit is made and recorded, and about to be published.
  case committed
  /// It is published.
  case pushed
  /// Its outcome is recorded.
  case recorded
}

/// Called at each boundary, with the deployment's id, before the executor goes on. Any thread.
public typealias StepObserver = @Sendable (StepBoundary, _ deploymentId: String) -> Void

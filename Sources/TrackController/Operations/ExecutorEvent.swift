public import TrackDomain

/// What an executor has to say to the person who runs the server.
public enum ExecutorEvent: Sendable {
  /// A step did not work and is tried again.
  case retrying(operationId: String, attempts: Int32, error: String)
  /// A deployment failed.
  case failed(deploymentId: String, error: String)
  /// A deployment was cancelled before it was published, because a rule under which it was accepted
  /// does not hold any more.
  case cancelled(deploymentId: String, reason: String)
  /// Release management will not learn what became of a deployment.
  case reportDropped(deploymentId: String, error: String)
  /// The deletion of a track was given up; the track can be used again.
  case deletionGivenUp(componentId: String, trackId: String, error: String)
  /// A forced deletion left something in a place that could not be reached.
  case placeGivenUp(componentId: String, trackId: String, place: String, error: String)
  /// The folders of two environments overlap: what is applied from one is the other's, too.
  case sharedFolder(environmentId: String, otherId: String, DeploymentPlace)
  /// Another executor has taken an operation over: what this one still finds out about it is
  /// dropped.
  case leaseLost(operationId: String)
  /// The store did not take what was to be written; it is tried again.
  case storeUnavailable(String)
  /// The store cannot tell of these operations, or take what is to be written of them; they are
  /// tried again later.
  case storeFailed(operationIds: [String], error: String)
}

/// The boundaries between the steps of a deployment, told to a `StepObserver`.
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

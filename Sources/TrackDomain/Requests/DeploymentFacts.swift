/// A track, and whether it is being deleted.
public struct TrackWithDeletion: Sendable, Hashable {
  public var track: Track
  /// The deletion that is under way, or nil.
  public var deletion: Operation?

  public init(_ track: Track, deletion: Operation? = nil) {
    self.track = track
    self.deletion = deletion
  }
}

/// Asks for all that the acceptance of a deployment is decided on.
public struct DeploymentFactsQuery: Sendable, Hashable {
  public var componentId: String
  /// A track that is not there yet has nothing: only where its deployment goes is found.
  public var trackId: String
  /// Where it goes; empty: into the first environment of the pipeline.
  public var environmentId: String
  /// The pipeline whose order counts; empty: the component's default pipeline.
  public var pipelineId: String
  /// The image that is wanted; empty: none that is stored.
  public var imageId: String

  public init(
    componentId: String, trackId: String, environmentId: String = "", pipelineId: String = "",
    imageId: String = ""
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.pipelineId = pipelineId
    self.imageId = imageId
  }
}

/// The answer to a `DeploymentFactsQuery`: what there is of what it names, whatever project it is
/// of.
public struct DeploymentFacts: Sendable, Hashable {
  public var track: TrackWithDeletion?
  public var image: TrackImage?
  /// The pipeline whose order counts.
  public var pipeline: DeploymentPipeline?
  /// Where the deployment goes (`DeploymentRoute`).
  public var environment: Environment?
  /// What the track has there.
  public var binding: EnvironmentBinding?
  /// What the track has in the environment before it in the pipeline.
  public var previousBinding: EnvironmentBinding?
  /// Deployments of the track into the environment that have not ended, oldest first.
  public var unfinished: [Deployment] = []
  /// The track's configuration; nil when it has none.
  public var configs: TrackConfigs?
  /// Whether the image was ever deployed with success from the track. Looked for only where the
  /// track has no branch.
  public var wasDeployed = false

  public init() {}
}

/// Where a deployment goes: the rule that stores find the environment by.
public struct DeploymentRoute: Sendable, Hashable {
  /// The environment that is named, or else the first one of the pipeline; nil without either.
  public let environmentId: String?
  /// The environment before it in the pipeline; nil for the first one, and where no pipeline gives
  /// an order.
  public let previousId: String?

  /// - Parameter environmentId: the environment that is named; empty for none.
  public init(environmentId: String, pipeline: DeploymentPipeline?) {
    let order = pipeline?.environmentIds ?? []
    if environmentId.isEmpty {
      self.environmentId = order.first
      previousId = nil
      return
    }
    self.environmentId = environmentId
    let place = order.firstIndex(of: environmentId) ?? 0
    previousId = place > 0 ? order[place - 1] : nil
  }
}

/// What the acceptance of a rollback is decided on, besides what every deployment is.
public struct RollbackFacts: Sendable, Hashable {
  public var deployment: DeploymentFacts
  /// The deployment that is active in the environment.
  public var current: Deployment?
  /// The deployment that is restored (`Deployment.isRestorable`): the last one with success whose
  /// image is still there. Nil when there is none among the last thousand.
  public var restored: Deployment?
  /// Its image, and its configuration.
  public var restoredImage: TrackImage?
  public var restoredConfigs: TrackConfigs?
  /// Whether there is any with success, be it the current one, with the wanted image.
  public var wasDeployed = false
  /// Deployments into the environment after the current one, newest first, a hundred at most.
  public var newer: [Deployment] = []

  public init(_ deployment: DeploymentFacts) {
    self.deployment = deployment
  }
}

extension Deployment {
  /// Whether a rollback of `current` may bring this one back: it makes another environment than
  /// `current`, and has the image that is wanted, or else was not rolled back itself.
  ///
  /// - Parameter imageId: the image that is wanted; empty for any.
  public func isRestorable(from current: Deployment, imageId: String) -> Bool {
    let differs =
      self.imageId != current.imageId || configRevision != current.configRevision
      || apiSettings != current.apiSettings
    return differs && (imageId.isEmpty ? rolledBackBy.isEmpty : imageId == self.imageId)
  }
}

/// What a deployer needs to know of a deployment, as far as it is there.
public struct DeploymentParts: Sendable, Hashable {
  public var component: ComponentContext?
  public var track: Track?
  public var image: TrackImage?
  /// The configuration with the number that the deployment names; nil when it names none.
  public var configs: TrackConfigs?
  /// What the track has in the environment.
  public var binding: EnvironmentBinding?

  public init() {}
}

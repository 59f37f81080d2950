/// Asks for all that the creation of a track is decided on.
public struct CreationFactsQuery: Sendable, Hashable {
  public var componentId: String
  /// The id that the track is to have; empty: one that is new for sure.
  public var id: String
  /// Nil for a track without a version, whose branch counts then.
  public var version: APIVersion?
  public var branch: String
  /// Up to how many tracks are counted.
  public var countLimit: Int

  public init(
    componentId: String, id: String, version: APIVersion?, branch: String, countLimit: Int
  ) {
    self.componentId = componentId
    self.id = id
    self.version = version
    self.branch = branch
    self.countLimit = countLimit
  }
}

/// The answer to a `CreationFactsQuery`.
public struct CreationFacts: Sendable, Hashable {
  /// How many tracks the component has, counted up to the limit.
  public var trackCount = 0
  /// The track that has the version; for a track without one, the track without one on the branch.
  public var twinId: String?
  public var isIdTaken = false
  /// The component's latest track.
  public var latest: Track?

  public init() {}
}

/// All that the deletion of a track is decided on. When the track is being deleted already, the
/// rest is not looked for.
public struct DeletionFacts: Sendable, Hashable {
  public var track: TrackWithDeletion
  /// The track that becomes the latest in place of this one, if this one is: the highest version of
  /// those that are not being deleted.
  public var heir: Track?
  /// Deployments of the track that have not ended, oldest first.
  public var unfinished: [Deployment] = []
  /// The ids of those whose publication has begun.
  public var publishing: Set<String> = []
  public var bindings: [EnvironmentBinding] = []

  public init(_ track: TrackWithDeletion) {
    self.track = track
  }
}

/// Asks for all that the save of an image is decided on.
public struct SaveFactsQuery: Sendable, Hashable {
  public var componentId: String
  /// Empty for an unversioned image.
  public var trackId: String
  public var runId: String
  /// May be empty.
  public var commitHash: String
  /// Where the image deploys by itself; empty: into the first environment of the default pipeline.
  public var environmentId: String
  /// How many images of the commit are looked for at most.
  public var replacedLimit: Int

  public init(
    componentId: String, trackId: String, runId: String, commitHash: String,
    environmentId: String, replacedLimit: Int
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.runId = runId
    self.commitHash = commitHash
    self.environmentId = environmentId
    self.replacedLimit = replacedLimit
  }
}

/// The answer to a `SaveFactsQuery`.
public struct SaveFacts: Sendable, Hashable {
  public var track: TrackWithDeletion?
  /// The image that was saved under that run for that track, whatever track it is of by now.
  public var saved: TrackImage?
  /// Images of the commit of the track that are not superseded, oldest first.
  public var replaced: [TrackImage] = []
  /// Nil where the track does not deploy by itself.
  public var deployment: DeploymentFacts?
  /// The images that are in the environment or on their way there.
  public var rivals: [TrackImage] = []

  public init() {}
}

/// A page of a track's deployments, newest first.
public struct DeploymentQuery: Sendable, Hashable {
  public var componentId: String
  public var trackId: String
  /// Only those into this environment; nil for all.
  public var environmentId: String?
  /// Only those with this image; nil for all. Needs `environmentId`.
  public var imageId: String?
  /// Only those in this state; nil for all. Needs `environmentId`.
  public var state: DeploymentState?
  /// Sequences below this only; nil from the newest.
  public var before: Int64?
  /// At least 1. A page that is filtered by image, or by a state other than SUCCEEDED, may hold
  /// fewer before the end of the list: a page looks at a bounded number of deployments.
  public var limit: Int

  public init(
    componentId: String, trackId: String, environmentId: String? = nil, imageId: String? = nil,
    state: DeploymentState? = nil, before: Int64? = nil, limit: Int
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.imageId = imageId
    self.state = state
    self.before = before
    self.limit = limit
  }
}

/// The answer to a `DeploymentQuery`.
public struct DeploymentPage: Sendable, Hashable {
  public var deployments: [Deployment]
  /// The sequence of the last deployment when there may be more; nil at the end of the list.
  public var next: Int64?

  public init(deployments: [Deployment], next: Int64?) {
    self.deployments = deployments
    self.next = next
  }
}

extension DeploymentQuery {
  /// `before` as the place of a page token.
  public static func place(before sequence: Int64) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.signed(sequence)
    return writer.bytes
  }

  /// Reads `place(before:)`.
  public static func before(place: [UInt8]) throws(InvalidValue) -> Int64 {
    try PageToken.read(place) { (reader) throws(SnapshotError) in try reader.signed() }
  }
}

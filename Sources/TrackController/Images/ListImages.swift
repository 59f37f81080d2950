public import TrackDomain

/// The request for one page of a track's images, the newest first.
public struct ListImages: Sendable {
  /// The answer.
  public struct Page: Sendable {
    public var images: [ListedImage]
    /// Empty at the end of the list.
    public var nextPageToken: String
    /// The systems that did not answer, sorted: their fields are missing.
    public var unreachable: [String]
  }

  public var componentId: String
  public var trackId: String
  /// 0 means 50.
  public var pageSize: Int32
  public var pageToken: String

  public init(
    componentId: String, trackId: String, pageSize: Int32 = 0, pageToken: String = ""
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.pageSize = pageSize
    self.pageToken = pageToken
  }

  /// Checks the request and makes the query for the store.
  func query(_ tokens: CallerTokens = .plain) throws(DomainError) -> ImageQuery {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    let limit = violations.collect("page_size") { () throws(InvalidValue) in
      try PageSize.resolve(pageSize)
    }
    let after = violations.collect("page_token") { () throws(InvalidValue) in
      try PageToken.decode(pageToken, arguments: arguments, for: tokens).map(ImageKey.init(place:))
    }
    try violations.check()
    return ImageQuery(
      componentId: componentId, trackId: trackId, after: after ?? nil,
      limit: limit ?? PageSize.standard)
  }

  /// A token for the next page; empty at the end of the list.
  func token(_ next: ImageKey?, _ tokens: CallerTokens = .plain) -> String {
    next.map { PageToken.encode(arguments: arguments, place: $0.place, for: tokens) } ?? ""
  }

  /// The arguments that a page token is bound to.
  private var arguments: Digest {
    var digest = Digest()
    digest.combine("GetDeploymentTrackImages")
    digest.combine(componentId)
    digest.combine(trackId)
    return digest
  }
}

/// An image of a list, with the build service's knowledge of it.
public struct ListedImage: Sendable, Hashable {
  public var image: TrackImage
  /// The environments in which it is active, sorted.
  public var deployedIn: [String]
  /// Nil when the build service did not answer.
  public var build: BuildStatus?
  /// Nil when the image has no commit, the commit is unknown, or the build service did not answer.
  public var commit: CommitInfo?
}

public import TrackDomain

/// The request for one page of a track's history, the newest first.
public struct ListDeployments: Sendable {
  /// The answer.
  public struct Page: Sendable {
    public var deployments: [Deployment]
    /// Empty at the end of the list.
    public var nextPageToken: String
  }

  public var componentId: String
  public var trackId: String
  /// Empty: all environments.
  public var environmentId: String
  /// 0 means 50.
  public var pageSize: Int32
  public var pageToken: String

  public init(
    componentId: String, trackId: String, environmentId: String = "", pageSize: Int32 = 0,
    pageToken: String = ""
  ) {
    self.componentId = componentId
    self.trackId = trackId
    self.environmentId = environmentId
    self.pageSize = pageSize
    self.pageToken = pageToken
  }

  /// Checks the request and makes the query for the store.
  func query(_ tokens: CallerTokens = .plain) throws(DomainError) -> DeploymentQuery {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    if !environmentId.isEmpty { violations.collectId("environment_id", environmentId) }
    let limit = violations.collect("page_size") { () throws(InvalidValue) in
      try PageSize.resolve(pageSize)
    }
    let before = violations.collect("page_token") { () throws(InvalidValue) in
      try PageToken.decode(pageToken, arguments: arguments, for: tokens).map(
        DeploymentQuery.before(place:))
    }
    try violations.check()
    return DeploymentQuery(
      componentId: componentId, trackId: trackId,
      environmentId: environmentId.isEmpty ? nil : environmentId, before: before ?? nil,
      limit: limit ?? PageSize.standard)
  }

  /// The answer, with a token for the next page.
  func page(_ page: DeploymentPage, _ tokens: CallerTokens = .plain) -> Page {
    Page(
      deployments: page.deployments,
      nextPageToken: page.next.map {
        PageToken.encode(
          arguments: arguments, place: DeploymentQuery.place(before: $0), for: tokens)
      } ?? "")
  }

  /// The arguments that a page token is bound to.
  private var arguments: Digest {
    var digest = Digest()
    digest.combine("ListDeployments")
    digest.combine(componentId)
    digest.combine(trackId)
    digest.combine(environmentId)
    return digest
  }
}

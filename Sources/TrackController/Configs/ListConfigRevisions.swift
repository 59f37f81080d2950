import TrackDomain

/// The request for one page of the configurations that a track has had, the newest first.
public struct ListConfigRevisions: Sendable {
  /// The answer.
  public struct Page: Sendable {
    public var revisions: [RevisedConfig]
    /// Empty at the end of the list.
    public var nextPageToken: String
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
  func query(_ tokens: CallerTokens = .plain) throws(DomainError) -> ConfigRevisionQuery {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    violations.collectId("deployment_track_id", trackId)
    let limit = violations.collect("page_size") { () throws(InvalidValue) in
      try PageSize.resolve(pageSize)
    }
    let before = violations.collect("page_token") { () throws(InvalidValue) in
      try PageToken.decode(pageToken, arguments: arguments, for: tokens)
        .map(ConfigRevisionQuery.before(place:))
    }
    try violations.check()
    return ConfigRevisionQuery(
      componentId: componentId, trackId: trackId, before: before ?? nil,
      limit: limit ?? PageSize.standard)
  }

  /// The answer, with a token for the next page.
  func page(_ page: ConfigRevisionPage, _ tokens: CallerTokens = .plain) -> Page {
    let predecessors = page.revisions.dropFirst().map { Optional($0) } + [page.predecessor]
    return Page(
      revisions: zip(page.revisions, predecessors).map { RevisedConfig($0, $1) },
      nextPageToken: page.next.map {
        PageToken.encode(
          arguments: arguments, place: ConfigRevisionQuery.place(before: $0), for: tokens)
      } ?? "")
  }

  /// The arguments that a page token is bound to.
  private var arguments: Digest {
    var digest = Digest()
    digest.combine("ListDeploymentTrackConfigRevisions")
    digest.combine(componentId)
    digest.combine(trackId)
    return digest
  }
}

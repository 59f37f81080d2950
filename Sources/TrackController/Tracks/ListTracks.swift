public import TrackDomain

/// The request for one page of a component's tracks.
public struct ListTracks: Hashable, Sendable {
  /// The answer.
  public struct Page: Sendable {
    public var tracks: [Track]
    /// Empty at the end of the list.
    public var nextPageToken: String
  }

  /// The most rows that one page examines, and the most that it holds: a filter that matches
  /// nothing costs no more than a full page.
  static var maximumExamined: Int { 1000 }

  public var componentId: String
  /// 0 means 1000.
  public var pageSize: Int32
  public var pageToken: String
  public var filter: String
  public var orderBy: String

  public init(
    componentId: String, pageSize: Int32 = 0, pageToken: String = "", filter: String = "",
    orderBy: String = ""
  ) {
    self.componentId = componentId
    self.pageSize = pageSize
    self.pageToken = pageToken
    self.filter = filter
    self.orderBy = orderBy
  }

  /// Checks the request and makes the query for the store.
  func query(_ tokens: CallerTokens = .plain) throws(DomainError) -> TrackQuery {
    var violations = Violations()
    violations.collectId("component_id", componentId)
    let limit = violations.collect("page_size") { () throws(InvalidValue) in
      try PageSize.resolve(pageSize, standard: PageSize.maximum)
    }
    let parsedFilter = violations.collect("filter") { () throws(InvalidValue) in
      try FilterParser.parse(filter)
    }
    let order = violations.collect("order_by") { () throws(InvalidValue) in
      try OrderBy.parse(orderBy)
    }
    let after = violations.collect("page_token") { () throws(InvalidValue) in
      try PageToken.decode(pageToken, arguments: arguments, for: tokens).map(TrackKey.init(place:))
    }
    try violations.check()
    return TrackQuery(
      componentId: componentId, filter: parsedFilter ?? TrackFilter(),
      order: order ?? .newestVersionFirst, after: after ?? nil, limit: limit ?? PageSize.maximum,
      examined: Self.maximumExamined)
  }

  /// The answer, with a token for the next page.
  func page(_ page: TrackPage, _ tokens: CallerTokens = .plain) -> Page {
    Page(
      tracks: page.tracks,
      nextPageToken: page.next.map {
        PageToken.encode(arguments: arguments, place: $0.place, for: tokens)
      }
        ?? "")
  }

  /// The arguments that a page token is bound to.
  private var arguments: Digest {
    var digest = Digest()
    digest.combine("ListDeploymentTracks")
    digest.combine(componentId)
    digest.combine(filter)
    digest.combine(orderBy)
    return digest
  }
}

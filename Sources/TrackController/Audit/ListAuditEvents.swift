public import TrackDomain

/// The request for one page of the audit, the newest events first.
public struct ListAuditEvents: Sendable {
  /// The answer.
  public struct Page: Sendable {
    /// May be fewer than were asked for, although there are more: a page looks at a bounded number
    /// of events.
    public var records: [AuditRecord]
    /// Empty at the end of the list.
    public var nextPageToken: String
  }

  public var filter: AuditFilter
  /// 0 means 50.
  public var pageSize: Int32
  public var pageToken: String

  public init(_ filter: AuditFilter, pageSize: Int32 = 0, pageToken: String = "") {
    self.filter = filter
    self.pageSize = pageSize
    self.pageToken = pageToken
  }

  struct Query: Sendable {
    var filter: AuditFilter
    /// Rows below this only; nil from the newest.
    var before: Int64?
    var limit: Int
  }

  /// Checks the request and makes the query for the store.
  func query(_ tokens: CallerTokens = .plain) throws(DomainError) -> Query {
    var violations = Violations()
    filter.check(&violations)
    let limit = violations.collect("page_size") { () throws(InvalidValue) in
      try PageSize.resolve(pageSize)
    }
    let before = violations.collect("page_token") { () throws(InvalidValue) in
      try PageToken.decode(pageToken, arguments: filter.digest("ListEvents"), for: tokens).map(
        AuditFilter.sequence(place:))
    }
    try violations.check()
    return Query(filter: filter, before: before ?? nil, limit: limit ?? PageSize.standard)
  }

  func checkFilter() throws(DomainError) {
    var violations = Violations()
    filter.check(&violations)
    try violations.check()
  }

  func token(before sequence: Int64?, _ tokens: CallerTokens) -> String {
    PageToken.encode(
      arguments: filter.digest("ListEvents"), place: AuditFilter.place(sequence ?? 0), for: tokens)
  }
}

import TrackDomain

/// The request for one page of catalog resources.
struct ListResources<Value: CatalogValue> {
  struct Query: Sendable {
    let after: String
    let limit: Int
  }

  let parentId: String?
  let pageSize: Int32
  let pageToken: String
  var tokens = CallerTokens.plain

  func query() throws(DomainError) -> Query {
    var violations = Violations()
    if let parent = Value.kind.parent { violations.collectId(parent.idField, parentId ?? "") }
    let limit = violations.collect("page_size") { () throws(InvalidValue) in
      try PageSize.resolve(pageSize)
    }
    let after = violations.collect("page_token") { () throws(InvalidValue) in
      try PageToken.decode(pageToken, arguments: arguments, for: tokens).map { place in
        String(decoding: place, as: UTF8.self)
      }
    }
    try violations.check()
    return Query(after: (after ?? nil) ?? "", limit: limit ?? PageSize.standard)
  }

  /// - Parameter resources: one more than `limit`, if there are as many.
  func page(_ resources: [CatalogResource], limit: Int) -> ResourcePage<Value> {
    let values = resources.prefix(limit).compactMap(Value.init)
    guard resources.count > limit, let last = values.last else {
      return ResourcePage(resources: values, nextPageToken: "")
    }
    return ResourcePage(
      resources: values,
      nextPageToken: PageToken.encode(
        arguments: arguments, place: Array(last.id.utf8), for: tokens))
  }

  /// The arguments that a page token is bound to.
  private var arguments: Digest {
    var digest = Digest()
    digest.combine("List")
    digest.combine(Value.kind.idField)
    digest.combine(parentId ?? "")
    return digest
  }
}

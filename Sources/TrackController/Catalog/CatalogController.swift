public import TrackDomain

/// The use cases of the catalog: the same for every type of resource.
///
/// Throws what `TrackController` throws. Any thread.
public struct CatalogController: Sendable {
  let store: any TrackStore
  private let seal: (any TokenSeal)?
  private let outbound: OutboundRules
  private(set) var mutations: MutationRunner

  /// - Parameters:
  ///   - store: where the rows are.
  ///   - seal: of the tokens of lists; nil: they can be read.
  ///   - outbound: where new repositories may be.
  ///   - hasOwnGitOps: whether environments without a repository have one of trackd's own.
  ///   - now: the wall clock.
  public init(
    store: any TrackStore, seal: (any TokenSeal)? = nil, outbound: OutboundRules = OutboundRules(),
    hasOwnGitOps: Bool = true, now: @escaping @Sendable () -> Timestamp
  ) {
    self.store = store
    self.seal = seal
    self.outbound = outbound
    self.mutations = MutationRunner(store: store, now: now, hasOwnGitOps: hasOwnGitOps)
  }

  /// The use cases for a caller who may do so much. Without it they do what they are told.
  public func limited(to access: Access) -> CatalogController {
    guard access.isRestricted else { return self }
    var limited = self
    limited.mutations.access = access
    return limited
  }

  /// The use cases for a caller elsewhere, of whom the audit tells from where.
  public func called(from origin: CallOrigin) -> CatalogController {
    var called = self
    called.mutations.origin = origin
    return called
  }

  /// Creates a resource, or replaces the resource with its id.
  ///
  /// - Parameters:
  ///   - draft: the whole resource.
  ///   - etag: of the resource to replace, `ETag.absent` for a new one, or empty for no check.
  ///   - options: the request id, and whether the call only checks.
  ///   - actor: the caller.
  public func put<Draft: CatalogDraft>(
    _ draft: Draft, etag: String, options: MutationOptions, by actor: Principal
  ) async throws -> Draft.Value {
    try await mutations.run(
      PutResource(draft: draft, etag: etag, options: options, outbound: outbound), by: actor)
  }

  /// One resource.
  public func get<Value: CatalogValue>(_ type: Value.Type, id: String) async throws -> Value {
    let kind = Value.kind
    let id = try validId(kind.idField, id)
    return try await store.read { [access = mutations.access] reader in
      try AccessCheck(access: access, reader: reader).resource(kind, id)
      guard let value = try reader.catalogResource(kind, id: id).flatMap(Value.init) else {
        throw DomainError.notFound(kind, id)
      }
      return value
    }
  }

  /// One page of the resources of a type, in the order of their ids.
  ///
  /// - Parameters:
  ///   - type: the type of the resources.
  ///   - parentId: the id of the resources' owner; nil for a type without owners.
  ///   - pageSize: the most resources of the page; 0 for the default.
  ///   - pageToken: from the page before; empty for the first page.
  public func list<Value: CatalogValue>(
    _ type: Value.Type, parentId: String?, pageSize: Int32, pageToken: String
  ) async throws -> ResourcePage<Value> {
    let access = mutations.access
    let request = ListResources<Value>(
      parentId: parentId, pageSize: pageSize, pageToken: pageToken,
      tokens: CallerTokens(seal, owner: access.tokenOwner))
    let query = try request.query()
    let resources = try await store.readPage { reader in
      let check = AccessCheck(access: access, reader: reader)
      let reach = try check.reach(Value.kind, parentId: parentId)
      let resources = try reader.catalogResources(
        Value.kind, parentId: parentId, within: reach, after: query.after,
        limit: query.limit + 1)
      if resources.isEmpty, let parent = Value.kind.parent, let parentId {
        try check.parent(parent, parentId, ofFirstPage: query.after.isEmpty)
      }
      return resources
    }
    return request.page(resources, limit: query.limit)
  }

  /// Deletes a resource that nothing depends on.
  public func delete(
    _ kind: CatalogKind, id: String, options: MutationOptions, by actor: Principal
  ) async throws {
    try await mutations.run(DeleteResource(kind: kind, id: id, options: options), by: actor)
  }
}

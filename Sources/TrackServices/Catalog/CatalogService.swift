import RPC
public import TrackController
import TrackDomain
public import TrackMessages

/// `deploymenttrack.v1.CatalogService` over the use cases; a file for each kind of resource.
public struct CatalogService: CatalogServiceServer {
  private let unlimited: CatalogController
  private let access: CallerAccess

  /// - Parameter access: what callers may do; without it, everything.
  public init(_ catalog: CatalogController, access: CallerAccess = CallerAccess()) {
    unlimited = catalog
    self.access = access
  }

  /// The use cases, as far as the caller may have them.
  private func catalog(_ context: ServerContext) -> CatalogController {
    unlimited.limited(to: access.access(context)).called(from: CallOrigin(context))
  }

  /// - Parameter etag: of the resource in the request.
  func put<Draft: CatalogDraft>(
    _ draft: Draft, etag: String, _ request: some MutationRequest, _ context: ServerContext
  ) async throws -> Draft.Value {
    context.note(request)
    return try await answering {
      try await catalog(context).put(
        draft, etag: etag, options: request.mutationOptions, by: try context.actor)
    }
  }

  func get<Value: CatalogValue>(
    _ id: String, _ context: ServerContext
  ) async throws -> Value {
    try await answering { try await catalog(context).get(Value.self, id: id) }
  }

  func list<Value: CatalogValue>(
    in parentId: String? = nil, _ request: some PageRequest, _ context: ServerContext
  ) async throws -> ResourcePage<Value> {
    try await answering {
      try await catalog(context).list(
        Value.self, parentId: parentId, pageSize: request.pageSize, pageToken: request.pageToken)
    }
  }

  func delete(
    _ kind: CatalogKind, _ id: String, _ request: some MutationRequest, _ context: ServerContext
  ) async throws {
    context.note(request)
    try await answering {
      try await catalog(context).delete(
        kind, id: id, options: request.mutationOptions, by: try context.actor)
    }
  }
}

/// The request for a page of a list.
protocol PageRequest {
  var pageSize: Int32 { get }
  var pageToken: String { get }
}

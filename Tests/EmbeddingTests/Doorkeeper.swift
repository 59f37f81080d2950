import RPC

/// An interceptor as a package with the language's default settings would write it.
struct Doorkeeper: ServerInterceptor {
  func intercept(
    _ context: ServerContext, next: nonisolated(nonsending) () async throws -> Void
  ) async throws {
    guard context.metadata["password"] == nil else {
      throw RPCError(.permissionDenied, "not with a password")
    }
    try await next()
  }
}

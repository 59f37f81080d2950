/// Runs around every handler: authentication, tracing, admission.
public protocol ServerInterceptor: Sendable {
  /// Called in the call's task after the request's head (and message, where there is one) was
  /// taken, before the handler.
  ///
  /// - Parameters:
  ///   - context: the call.
  ///   - next: runs the rest of the chain and the handler; call it once. What it throws is the
  ///     call's error so far, and may be replaced by throwing another. Written out, because modules
  ///     of other packages may have another default than `nonisolated(nonsending)`.
  /// - Throws: what the client gets instead of a reply; `RPCError` as it is, all else as UNKNOWN.
  func intercept(
    _ context: ServerContext, next: nonisolated(nonsending) () async throws -> Void
  ) async throws
}

/// Runs around every call of a client: tracing, metadata, logging, refusing.
///
/// It is around the whole call, its retries included, in the caller's task.
public protocol ClientInterceptor: Sendable {
  /// Called before the call is made.
  ///
  /// - Parameters:
  ///   - method: the method that is called.
  ///   - options: those of the caller, or of the interceptor around this one.
  ///   - next: runs the rest of the chain and the call, with these options; call it once. It
  ///     returns when the call has ended with OK (for streams: when the caller's closure has
  ///     returned), and throws how it failed, which may be replaced by throwing another error.
  ///     Written out, because modules of other packages may have another default than
  ///     `nonisolated(nonsending)`.
  /// - Throws: what the caller gets. Without a call of `next` no call is made.
  func intercept(
    _ method: MethodDescriptor, _ options: CallOptions,
    next: nonisolated(nonsending) (CallOptions) async throws -> Void
  ) async throws
}

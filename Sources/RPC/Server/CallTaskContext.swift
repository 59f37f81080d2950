/// Binds task-local values for the handlers of a server's calls: a trace, say.
public protocol CallTaskContext: Sendable {
  /// Called in the task of each handler that has one.
  ///
  /// - Parameters:
  ///   - storage: the call's.
  ///   - body: runs the handler; called once. Written out, because modules of other packages may have
  ///     another default than `nonisolated(nonsending)`.
  func run(_ storage: CallStorage, _ body: nonisolated(nonsending) () async -> Void) async
}

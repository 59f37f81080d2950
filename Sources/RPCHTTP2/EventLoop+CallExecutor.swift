public import EventLoop
public import RPC

/// Calls run on the loop that owns their connection.
extension EventLoop: CallExecutor {
  public var currentInstant: ContinuousClock.Instant { .now }

  /// Connections flush at the end of a turn.
  public func executeAfterFlush(_ body: @escaping @Sendable () -> Void) { executeInNextTurn(body) }
}

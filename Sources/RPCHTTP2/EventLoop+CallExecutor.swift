public import EventLoop
public import RPC

/// Calls run on the loop that owns their connection.
extension EventLoop: CallExecutor {
  public var currentInstant: ContinuousClock.Instant { .now }

  /// Connections flush at the end of a turn.
  public func executeAfterFlush(_ body: @escaping @Sendable () -> Void) { executeInNextTurn(body) }

  public func execute(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
    schedule(after: delay, body)
  }
}

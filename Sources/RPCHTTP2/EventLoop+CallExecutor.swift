public import EventLoop
public import RPC

/// Calls run on the loop that owns their connection.
extension EventLoop: CallExecutor {
  public var currentInstant: ContinuousClock.Instant { .now }
}

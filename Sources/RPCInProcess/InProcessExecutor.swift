public import RPC

/// An executor that also keeps timers: what the transports in memory run on.
public protocol InProcessExecutor: CallExecutor {
  /// Runs `body` on the executor's thread once `delay` has passed on its clock; any thread.
  func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void)
}

public import RPC

/// An executor whose timers may be set from any thread; the transports in memory run on it.
public protocol InProcessExecutor: CallExecutor {
  /// Runs `body` on the executor's thread once `delay` has passed on its clock; any thread.
  func schedule(after delay: Duration, _ body: @escaping @Sendable () -> Void)
}

extension InProcessExecutor {
  public func execute(after delay: Duration, _ body: @escaping @Sendable () -> Void) {
    schedule(after: delay, body)
  }
}

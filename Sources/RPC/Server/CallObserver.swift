/// Is told of every call's end: logs, metrics.
public protocol CallObserver: Sendable {
  /// Called once per call on its executor's thread when its status is known, also for calls that
  /// were refused before a handler ran. Must be cheap and must not wait.
  func callEnded(_ summary: CallSummary)
}

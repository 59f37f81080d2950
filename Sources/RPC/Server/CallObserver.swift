/// Is told of calls on a server: logs, metrics, traces.
public protocol CallObserver: Sendable {
  /// Called once for each request on its executor's thread when its status is known, also for those
  /// that were refused before a handler ran. Must be cheap and must not wait.
  func callEnded(_ summary: CallSummary)
}

/// A `CallObserver` that is told of the beginning as well.
public protocol CallStartObserver: CallObserver {
  /// Called once for each request that was admitted, on its executor's thread, before its handler.
  /// `callEnded` follows for each of them. Must be cheap and must not wait.
  ///
  /// - Parameter storage: the call's; what is put there comes back with `CallSummary.storage`.
  func callStarted(_ request: RequestHeaders, _ storage: inout CallStorage)
}

/// Callbacks for the calls of a server: logs, metrics, traces.
public protocol CallObserver: Sendable {
  /// Called once for each request on its executor's thread when its status is known, also for
  /// requests that the server refused before a handler ran. Must be cheap and must not wait.
  func callEnded(_ summary: CallSummary)
}

/// A `CallObserver` with a callback for the start of calls as well.
public protocol CallStartObserver: CallObserver {
  /// Called once for each request that was admitted, on its executor's thread, before its handler.
  /// `callEnded` follows for each of them. Must be cheap and must not wait.
  ///
  /// - Parameters:
  ///   - request: its headers.
  ///   - storage: the call's; `CallSummary.storage` has what an observer puts into it.
  func callStarted(_ request: RequestHeaders, _ storage: inout CallStorage)
}

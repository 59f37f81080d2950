import TrackDomain

/// Bounds the time of work outside of trackd.
struct StepLimit: Sendable {
  let duration: Duration
  /// How long cancelled work may take to end before nothing waits for it any more.
  let patience: Duration

  /// The result of `body`; nil when it was given up.
  ///
  /// After `duration`, the task of `body` is cancelled; a result that it still returns counts. A
  /// body that does not end is left running and must do no harm.
  func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value? {
    let (values, continuation) = AsyncStream<Value>.makeStream(bufferingPolicy: .bufferingOldest(1))
    let work = Task {
      continuation.yield(await body())
      continuation.finish()
    }
    let timer = Task {
      guard (try? await Task.sleep(for: duration)) != nil else { return }
      work.cancel()
      try? await Task.sleep(for: patience)
      continuation.finish()
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      for await value in values { return value }
      return nil
    } onCancel: {
      work.cancel()
    }
  }

  /// Turns a missing answer, and the answer that the work was cancelled, into the error that it
  /// came too late: neither says anything about the system that was asked.
  ///
  /// - Parameter late: what did not happen, such as "the deployer did not answer".
  func answer<Value>(
    _ result: Result<Value, IntegrationError>?, late: String
  ) -> Result<Value, IntegrationError> {
    switch result {
    case .success(let value): .success(value)
    case .failure(let error): .failure(told(error, late: late))
    case nil: .failure(self.late(late))
    }
  }

  func told(_ error: IntegrationError, late: String) -> IntegrationError {
    error.kind == .cancelled ? self.late(late) : error
  }

  func late(_ what: String) -> IntegrationError {
    IntegrationError(.unavailable, "\(what) in time, which is \(time) (--step-timeout)")
  }

  private var time: String {
    let milliseconds = duration / .milliseconds(1)
    return milliseconds < 1000 ? "\(Int64(milliseconds)) ms" : "\(Int64(milliseconds / 1000)) s"
  }
}

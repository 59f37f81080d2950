/// Lets work outside of trackd take so long and no longer.
struct StepLimit: Sendable {
  let duration: Duration
  /// How long work that was cancelled may take to end before nobody waits for it any more.
  let patience: Duration

  /// What `body` returns; nil when it had to be given up.
  ///
  /// After `duration` the task of `body` is cancelled; what it returns then still counts. A body that
  /// does not end is left behind: it must see to it that it does no harm.
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
}

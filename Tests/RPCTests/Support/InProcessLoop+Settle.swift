import RPCInProcess

extension InProcessLoop {
  /// Returns when the queued work, and the work that it queues in turn, has run.
  func settle() async {
    for _ in 0..<10 {
      await withCheckedContinuation { continuation in execute { continuation.resume() } }
    }
  }
}

import RPCInProcess

extension InProcessLoop {
  /// Returns when all that is queued, and what that queues in turn, has run.
  func settle() async {
    for _ in 0..<10 {
      await withCheckedContinuation { continuation in execute { continuation.resume() } }
    }
  }
}

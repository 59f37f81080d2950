import RPC

/// Hands call summaries to the test in the order in which the calls ended.
final class SummaryRecorder: CallObserver {
  private let stream: AsyncStream<CallSummary>
  private let continuation: AsyncStream<CallSummary>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func callEnded(_ summary: CallSummary) { continuation.yield(summary) }

  /// The next one; waits for it.
  func next() async -> CallSummary? {
    var iterator = stream.makeAsyncIterator()
    return await iterator.next()
  }
}

import RPC
import Synchronization

/// Hands call summaries to the test in the order in which the calls ended.
final class SummaryRecorder: CallObserver {
  private let recorder = Recorder<CallSummary>()
  private let skipped = Atomic<Int>(0)

  func callEnded(_ summary: CallSummary) {
    if skipped.wrappingSubtract(1, ordering: .relaxed).oldValue <= 0 { recorder.add(summary) }
  }

  /// Leaves the next summary out.
  func skipNext() { skipped.store(1, ordering: .relaxed) }

  /// The next summary; waits for it.
  func next() async -> CallSummary? { await recorder.take(1).first }
}

import EventLoop
import InteropMessages

/// The load that clients have told the server to report. Any thread.
final class ReportedLoad: Sendable {
  private let lock = Lock()
  /// Guarded by `lock`.
  private nonisolated(unsafe) var report = OrcaLoadReport()

  var current: OrcaLoadReport { lock.withLock { unsafe report } }

  func set(_ report: OrcaLoadReport) { lock.withLock { unsafe self.report = report } }
}

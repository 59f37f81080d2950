import EventLoop
import Synchronization
public import Telemetry

/// What a store counts while it works. Any thread reads it.
public final class StoreMetrics: Sendable {
  /// Writes that shared a commit.
  public let groupSizes = Histogram(
    HistogramBounds([1, 2, 4, 8, 16, 32, 64, 96, 128]))
  /// From the first statement of a group to the end of its sync, in nanoseconds.
  public let groupTimes = Histogram(StoreMetrics.seconds)
  /// Groups that were not committed as a whole.
  public let failedGroups = Counter()
  /// Writes that were not queued.
  public let refusedWrites = Counter()
  /// Pages of the log that are not in the database yet, about.
  public let waitingLogPages = Counter()
  /// Events of the audit that were committed.
  public let auditEvents = OutcomeCounts()

  private static let seconds = HistogramBounds(
    [
      0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
    ], scale: 1e9)

  package init() {}
}

/// How many there were of each outcome. Any thread.
///
/// `@unchecked Sendable`: the numbers are touched under the lock only.
public final class OutcomeCounts: @unchecked Sendable {
  private let lock = Lock()
  private var numbers: [String: Int] = [:]

  /// By the outcome, which is one of few.
  public var counts: [String: Int] { lock.withLock { numbers } }

  package func add(_ outcomes: [String]) {
    if outcomes.isEmpty { return }
    lock.withLock { for outcome in outcomes { numbers[outcome, default: 0] += 1 } }
  }
}

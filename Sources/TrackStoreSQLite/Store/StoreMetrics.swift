import EventLoop
import Synchronization
public import Telemetry
public import TrackDomain

/// What a store counts while it works. Any thread reads it.
public final class StoreMetrics: Sendable {
  /// Writes that shared a commit.
  public let groupSizes = Histogram(
    HistogramBounds([1, 2, 4, 8, 16, 32, 64, 96, Double(Writer.groupLimit)]))
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

  init() {}
}

/// How many there were of each outcome. Any thread.
///
/// `@unchecked Sendable`: the numbers are touched under the lock only.
public final class OutcomeCounts: @unchecked Sendable {
  private let lock = Lock()
  private var numbers: [String: Int] = [:]

  /// By the outcome, which is one of few.
  public var counts: [String: Int] { lock.withLock { numbers } }

  func add(_ outcomes: [String]) {
    if outcomes.isEmpty { return }
    lock.withLock { for outcome in outcomes { numbers[outcome, default: 0] += 1 } }
  }
}

/// A deployment that has come to its end, as it was committed.
public struct DeploymentEnd: Sendable, Hashable {
  public let environmentId: String
  public let kind: DeploymentKind
  public let state: DeploymentState

  public init(environmentId: String, kind: DeploymentKind, state: DeploymentState) {
    self.environmentId = environmentId
    self.kind = kind
    self.state = state
  }
}

/// What is in a store, counted when somebody asks.
public struct StoreCensus: Sendable {
  /// Operations of one kind and state.
  public struct Operations: Sendable, Hashable {
    public let kind: Operation.Kind
    public let state: OperationState
    public let count: Int
    /// When the oldest of them was accepted.
    public let oldest: Timestamp
  }

  public var operations: [Operations] = []
  /// From the oldest change that is in the log to the newest.
  public var loggedChanges = 0
  /// The number of the newest event of the audit; 0 for none.
  public var lastAuditEvent: Int64 = 0

  public init() {}
}

/// What becomes of an operation, for whoever counts them.
public enum OperationState: String, Sendable, CaseIterable {
  /// An executor works on it.
  case running
  /// It was tried, without success so far.
  case retrying
  case waiting
}

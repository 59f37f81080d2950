import EventLoop
public import Telemetry

/// What becomes of the commands of git. Any thread.
///
/// `@unchecked Sendable`: the table is touched under the lock only.
public final class GitMetrics: @unchecked Sendable {
  public enum Outcome: String, Sendable, CaseIterable {
    case ok
    /// It ended with another status than 0, as it also does to say no.
    case failed
    case timeout
    case cancelled
    /// It could not be run, or wrote too much.
    case error

    static func of(_ error: any Error) -> Outcome {
      switch error {
      case ChildProcessError.timedOut: .timeout
      case ChildProcessError.cancelled, is CancellationError: .cancelled
      default: .error
      }
    }
  }

  /// The subcommand and what became of it: few, because none come from outside.
  public struct Key: Sendable, Hashable {
    public let command: String
    public let outcome: Outcome
  }

  private let lock = Lock()
  private var times: [Key: Histogram] = [:]
  private static let seconds = HistogramBounds(
    [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100], scale: 1e9)

  init() {}

  func ended(_ command: GitCommand, _ outcome: Outcome, since began: MonotonicTime) {
    let key = Key(command: command.words.first ?? "", outcome: outcome)
    let histogram = lock.withLock { () -> Histogram in
      if let found = times[key] { return found }
      let made = Histogram(Self.seconds)
      times[key] = made
      return made
    }
    histogram.recordShared(Int(MonotonicTime.now().nanoseconds - began.nanoseconds))
  }

  /// Durations by command and outcome.
  public var commands: [(key: Key, times: HistogramSnapshot)] {
    lock.withLock { times.map { ($0.key, $0.value.snapshot) } }
      .sorted { ($0.0.command, $0.0.outcome.rawValue) < ($1.0.command, $1.0.outcome.rawValue) }
  }
}

import TrackDomain
import TrackServices
import TrackStoreSQL

/// Whether durable operations get on. Pure.
enum OperationsCheck {
  /// An operation that is older should have been done.
  static let old = Duration.seconds(900)

  private static let name = "operations"

  /// - Parameter census: nil when the store did not count them.
  static func finding(_ census: StoreCensus?, now: Timestamp) -> DiagnosticFinding {
    guard let census else {
      return DiagnosticFinding(
        name, .unknown, "the store has not counted them",
        advice: "see what the check of the store says")
    }
    let all = census.operations.reduce(0) { $0 + $1.count }
    let old = census.operations.filter { age($0, now) > Self.old }
      .sorted { $0.oldest < $1.oldest }
    guard !old.isEmpty else {
      return DiagnosticFinding(name, .ok, all == 0 ? "none waits" : "\(all) in work or waiting")
    }
    let texts = old.map {
      "\($0.count) \(words($0.kind)) \(words($0.state)), the oldest for "
        + AgeText.text(age($0, now))
    }
    return DiagnosticFinding(
      name, .warning, texts.joined(separator: "; "),
      advice: "see the checks of git and the integrations, and trackctl history for the reason; "
        + "trackd goes on trying")
  }

  private static func age(_ one: StoreCensus.Operations, _ now: Timestamp) -> Duration {
    .microseconds(now.microseconds - one.oldest.microseconds)
  }

  private static func words(_ kind: Operation.Kind) -> String {
    switch kind {
    case .deployment: "deployments"
    case .trackDeletion: "deletions of tracks"
    case .placeCleaning: "clean-ups of places"
    }
  }

  private static func words(_ state: OperationState) -> String {
    switch state {
    case .running: "run"
    case .retrying: "are tried again"
    case .waiting: "wait"
    }
  }
}

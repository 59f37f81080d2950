import EventLoop
import Telemetry
import TrackDomain
import TrackStoreSQL

/// Counts deployments that came to their end, by environment, kind and outcome.
///
/// `@unchecked Sendable`: everything is touched under the lock only.
final class DeploymentMetrics: @unchecked Sendable {
  /// Environments that are told by their ids; all others are `other`.
  static let mostEnvironments = 100

  private let lock = Lock()
  private var environments = CappedNames(limit: mostEnvironments)
  private var counts: [[String]: Int] = [:]

  func ended(_ end: DeploymentEnd) {
    lock.withLock {
      let environment = environments.label(end.environmentId)
      counts[[environment, "\(end.kind)", "\(end.state)"], default: 0] += 1
    }
  }

  var family: MetricFamily {
    MetricFamily(
      .counter, "trackd_deployments_ended",
      "Deployments that came to their end since the start, by environment, kind and outcome.",
      labels: ["environment", "kind", "outcome"]
    ) { [self] samples in
      let counts = lock.withLock { self.counts }
      for (labels, count) in counts.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
        samples.add(labels, count)
      }
    }
  }
}

import EventLoop
import Telemetry
import TrackDomain
import TrackStoreSQL

/// What is told of the store and of the operations in it.
enum StoreFamilies {
  static func make(_ store: any ServedStore, _ taker: StoreCensusTaker) -> [MetricFamily] {
    let metrics = store.metrics
    return [
      .gauge("trackd_store_queued_writes", "Writes that wait for their commit.") {
        Double(store.queuedWrites)
      },
      .histogram(
        "trackd_store_group_writes", "Writes that shared one commit.", metrics.groupSizes),
      .histogram(
        "trackd_store_commit_seconds",
        "Time from the first statement of a group of writes to the end of its sync.",
        metrics.groupTimes),
      .counter("trackd_store_failed_groups", "Groups that were not committed as a whole.") {
        metrics.failedGroups.value
      },
      .counter("trackd_store_refused_writes", "Writes that the store did not queue.") {
        metrics.refusedWrites.value
      },
      .gauge("trackd_store_logged_changes", "Changes in the log that watches follow.") {
        taker.census.map { Double($0.loggedChanges) }
      },
    ] + store.families + operations(taker) + restores(taker)
  }

  /// Of a restore that stands; 0 without one.
  private static func restores(_ taker: StoreCensusTaker) -> [MetricFamily] {
    func gauge(
      _ name: String, _ help: String, _ value: @escaping @Sendable (RestoreReport) -> Int
    ) -> MetricFamily {
      .gauge(name, help) {
        taker.census.map { Double($0.restore.map { $0.restore.stands ? value($0) : 0 } ?? 0) }
      }
    }
    return [
      gauge(
        "trackd_restore_pending",
        "Whether a restored store is not compared with all repositories yet: 1 or 0."
      ) { $0.isPending ? 1 : 0 },
      gauge(
        "trackd_restore_differing_places",
        "Places that do not hold what a restored store believes."
      ) { $0.driftCount },
      gauge(
        "trackd_restore_held_operations",
        "Durable operations that are held since the store was restored."
      ) { $0.heldCount },
    ]
  }

  private static func operations(_ taker: StoreCensusTaker) -> [MetricFamily] {
    [
      MetricFamily(
        .gauge, "trackd_operations", "Durable operations that are not done, by kind and state.",
        labels: ["kind", "state"]
      ) { samples in
        for one in taker.census?.operations ?? [] {
          samples.add([label(one), one.state.rawValue], one.count)
        }
      },
      MetricFamily(
        .gauge, "trackd_operations_oldest_age_seconds",
        "Age of the oldest operation that is not done, by kind and state.",
        labels: ["kind", "state"]
      ) { samples in
        let now = WallClock.nowMicroseconds()
        for one in taker.census?.operations ?? [] {
          let age = max(0, Double(now - one.oldest.microseconds) / 1_000_000)
          samples.add([label(one), one.state.rawValue], age)
        }
      },
    ]
  }

  private static func label(_ operations: StoreCensus.Operations) -> String {
    switch operations.kind {
    case .deployment: "deployment"
    case .trackDeletion: "track_deletion"
    case .placeCleaning: "place_cleaning"
    }
  }
}

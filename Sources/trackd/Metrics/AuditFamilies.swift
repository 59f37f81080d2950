import Telemetry
import TrackStoreSQL

/// What is told of the audit.
enum AuditFamilies {
  static func make(
    _ store: any ServedStore, _ keeper: AuditKeeper, _ taker: StoreCensusTaker
  ) -> [MetricFamily] {
    let metrics = store.metrics
    return [
      MetricFamily(
        .counter, "trackd_audit_events", "Events of the audit that were recorded, by outcome.",
        labels: ["outcome"]
      ) { samples in
        for (outcome, count) in metrics.auditEvents.counts.sorted(by: { $0.key < $1.key }) {
          samples.add([outcome], count)
        }
      },
      MetricFamily(
        .counter, "trackd_audit_refused_calls",
        "Refused calls, by the event that stands for them: their own, one of the rest, or none.",
        labels: ["event"]
      ) { samples in
        samples.add(["own"], keeper.refusedCalls.own.value)
        samples.add(["rest"], keeper.refusedCalls.rest.value)
        samples.add(["lost"], keeper.refusedCalls.lost.value)
      },
      .gauge("trackd_audit_log_missing_events", "Events that the file of --audit-log lacks.") {
        guard let logged = keeper.logged, let census = taker.census else { return nil }
        return Double(max(0, census.lastAuditEvent - logged))
      },
      .counter(
        "trackd_audit_log_failures",
        "Attempts to write to the file of --audit-log, or to open it anew, that failed."
      ) { keeper.fileFailures.value },
    ]
  }
}

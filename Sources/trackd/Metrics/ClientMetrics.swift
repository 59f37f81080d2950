import EventLoop
import RPC
import Telemetry

/// Counts the calls to remote services by method, target and status.
///
/// The methods are those of trackd's own stubs, and the targets come from flags: both are few.
///
/// `@unchecked Sendable`: the tables are touched under the lock only.
///
/// Source: gRFC A66.
final class ClientMetrics: @unchecked Sendable {
  fileprivate struct Ended: Hashable {
    let method: String
    let target: String
    let code: StatusCode

    var labels: [String] { [method, target, code.description] }
  }

  private let lock = Lock()
  private var started: [[String]: Int] = [:]
  private var attempts: [Ended: EndedCalls] = [:]
  private var calls: [Ended: Histogram] = [:]

  /// The observer of the client of one target.
  func observer(target: String) -> some ClientCallObserver { Observer(metrics: self, target) }

  private struct Observer: ClientCallObserver {
    let metrics: ClientMetrics
    let target: String

    init(metrics: ClientMetrics, _ target: String) {
      self.metrics = metrics
      self.target = target
    }

    func attemptStarted(_ method: MethodDescriptor) {
      metrics.lock.withLock { metrics.started[[Self.name(method), target], default: 0] += 1 }
    }

    func attemptEnded(_ summary: ClientCallSummary) {
      let attempts = metrics.lock.withLock {
        metrics.attempts.found(ended(summary)) { EndedCalls() }
      }
      attempts.durations.recordShared(summary.duration.clampedNanoseconds)
      attempts.sent.recordShared(summary.bytesSent)
      attempts.received.recordShared(summary.bytesReceived)
    }

    func callEnded(_ summary: ClientCallSummary) {
      let calls = metrics.lock.withLock {
        metrics.calls.found(ended(summary)) { Histogram(CallMetrics.seconds) }
      }
      calls.recordShared(summary.duration.clampedNanoseconds)
    }

    private func ended(_ summary: ClientCallSummary) -> Ended {
      Ended(method: Self.name(summary.method), target: target, code: summary.code)
    }

    private static func name(_ method: MethodDescriptor) -> String {
      "\(method.service)/\(method.method)"
    }
  }
}

extension Dictionary {
  fileprivate mutating func found(_ key: Key, _ make: () -> Value) -> Value {
    if let found = self[key] { return found }
    let made = make()
    self[key] = made
    return made
  }
}

extension ClientMetrics {
  var families: [MetricFamily] {
    [
      MetricFamily(
        .counter, "grpc_client_attempt_started",
        "Attempts of calls to remote services that were started.",
        labels: ["grpc_method", "grpc_target"]
      ) { [self] samples in
        let started = lock.withLock { self.started }
        for (labels, count) in started.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
          samples.add(labels, count)
        }
      },
      ended("attempt_duration_seconds", "Time that an attempt of a call took.") {
        $0.durations.snapshot
      },
      ended(
        "attempt_sent_total_compressed_message_size_bytes", "Bytes of an attempt's requests."
      ) { $0.sent.snapshot },
      ended(
        "attempt_rcvd_total_compressed_message_size_bytes", "Bytes of an attempt's responses."
      ) { $0.received.snapshot },
      MetricFamily(
        .histogram, "grpc_client_call_duration_seconds",
        "Time that a call to a remote service took, with all of its attempts.",
        labels: ["grpc_method", "grpc_target", "grpc_status"]
      ) { [self] samples in
        for (key, times) in lock.withLock({ calls }).sorted(by: { $0.key < $1.key }) {
          samples.add(key.labels, times.snapshot)
        }
      },
    ]
  }

  private func ended(
    _ name: String, _ help: String,
    _ histogram: @escaping @Sendable (EndedCalls) -> HistogramSnapshot
  ) -> MetricFamily {
    MetricFamily(
      .histogram, "grpc_client_\(name)", help,
      labels: ["grpc_method", "grpc_target", "grpc_status"]
    ) { [self] samples in
      for (key, calls) in lock.withLock({ attempts }).sorted(by: { $0.key < $1.key }) {
        samples.add(key.labels, histogram(calls))
      }
    }
  }
}

extension ClientMetrics.Ended: Comparable {
  fileprivate static func < (left: Self, right: Self) -> Bool {
    left.labels.lexicographicallyPrecedes(right.labels)
  }
}

import EventLoop
import Telemetry

/// How late the loops come to their work: each of them is asked to do nothing once a second.
final class LoopMetrics: Sendable {
  private static let pause = Duration.seconds(1)
  private static let seconds = HistogramBounds(
    [0.0001, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5], scale: 1e9)

  private let loops: [EventLoop]
  private let lags: [Histogram]

  init(_ loops: [EventLoop]) {
    self.loops = loops
    lags = loops.map { _ in Histogram(Self.seconds) }
  }

  /// Begins to ask; goes on for as long as the loops run.
  func start() {
    for (loop, lag) in zip(loops, lags) { loop.execute { Self.ask(loop, lag) } }
  }

  private static func ask(_ loop: EventLoop, _ lag: Histogram) {
    let due = MonotonicTime.now() + pause
    loop.schedule(after: pause) {
      lag.record(Int(MonotonicTime.now().nanoseconds - due.nanoseconds))
      ask(loop, lag)
    }
  }

  var families: [MetricFamily] {
    [
      MetricFamily(
        .counter, "trackd_loop_turns", "How often an event loop has woken up for work.",
        labels: ["loop"]
      ) { [self] samples in
        for loop in loops { samples.add([loop.name], loop.turns.value) }
      },
      MetricFamily(
        .histogram, "trackd_loop_lag_seconds",
        "How late an event loop came to a look that was due, once a second.", labels: ["loop"]
      ) { [self] samples in
        for (loop, lag) in zip(loops, lags) { samples.add([loop.name], lag.snapshot) }
      },
    ]
  }
}

import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(2))) struct ExpositionTests {
  private func text(_ families: [MetricFamily], _ format: ExpositionFormat = .text) -> String {
    String(decoding: MetricRegistry(families).exposition(format), as: UTF8.self)
  }

  @Test func `a counter has its suffix, in OpenMetrics on its numbers alone`() {
    let family = MetricFamily(.counter, "calls", "All calls.", labels: ["method"]) {
      $0.add(["a"], 1)
      $0.add(["b"], 20)
    }
    #expect(
      text([family]) == """
        # HELP calls_total All calls.
        # TYPE calls_total counter
        calls_total{method="a"} 1
        calls_total{method="b"} 20

        """)
    #expect(
      text([family], .openMetrics) == """
        # HELP calls All calls.
        # TYPE calls counter
        calls_total{method="a"} 1
        calls_total{method="b"} 20
        # EOF

        """)
  }

  @Test func `a histogram tells how many values are at most each bound`() {
    let histogram = Histogram(HistogramBounds([0, 0.00001, 0.5, 1], scale: 1e9))
    for value in [0, 10_000, 10_001, 500_000_000, 1_000_000_001] { histogram.record(value) }
    let family = MetricFamily.histogram("time", "Time.", histogram)
    #expect(
      text([family]) == """
        # HELP time Time.
        # TYPE time histogram
        time_bucket{le="0"} 1
        time_bucket{le="1e-05"} 2
        time_bucket{le="0.5"} 4
        time_bucket{le="1"} 4
        time_bucket{le="+Inf"} 5
        time_sum 1.500020002
        time_count 5

        """)
    #expect(text([family], .openMetrics).contains("time_bucket{le=\"1.0\"} 4\n"))
  }

  @Test func `text of others is escaped`() {
    let family = MetricFamily(.gauge, "g", "A \\ and\nmore.", labels: ["l"]) {
      $0.add(["\"\\\n"], 0.5)
      $0.add([""], Double.infinity)
    }
    #expect(
      text([family]) == """
        # HELP g A \\\\ and\\nmore.
        # TYPE g gauge
        g{l="\\"\\\\\\n"} 0.5
        g{l=""} +Inf

        """)
  }

  @Test func `families come by name, and one without a number has only its description`() {
    let b = MetricFamily.counter("b", "B.") { 2 }
    let a = MetricFamily.gauge("a", "A.") { nil }
    let told = text([b, a])
    #expect(told.hasPrefix("# HELP a A.\n# TYPE a gauge\n# HELP b_total B.\n"))
  }

  @Test(arguments: [
    (nil, ExpositionFormat.text), ("", .text), ("*/*", .text), ("text/plain", .text),
    ("application/openmetrics-text", .openMetrics),
    ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", .openMetrics),
    ("application/openmetrics-text; version=1.0.0; q=0.2, text/plain; q=0.5", .text),
    ("application/openmetrics-text;version=2.0.0", .text),
    ("application/openmetrics-text;q=0", .text), ("application/openmetrics-text;q=nan", .text),
    ("application/openmetrics-text;q=1.00000001", .text),
    ("Application/OpenMetrics-Text ; Q=1", .openMetrics), (",;=,/,;q=", .text),
  ])
  func `Accept chooses the format`(accept: String?, format: ExpositionFormat) {
    #expect(ExpositionFormat(accept: accept) == format)
  }
}

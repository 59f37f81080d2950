import EventLoop
import Telemetry
import Testing
import TrackDomain
import TrackStoreSQL
import TrackStoreSQLite

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct MetricTests {
  private func text(_ family: MetricFamily) -> String {
    String(decoding: MetricRegistry([family]).exposition(.text), as: UTF8.self)
  }

  @Test func `environments above the cap are one`() {
    let metrics = DeploymentMetrics()
    for number in 0..<DeploymentMetrics.mostEnvironments + 50 {
      metrics.ended(
        DeploymentEnd(environmentId: "e\(number)", kind: .auto, state: .superseded))
    }
    let told = text(metrics.family)
    #expect(
      told.contains(
        #"trackd_deployments_ended_total{environment="e99",kind="auto",outcome="superseded"} 1"#))
    #expect(told.contains(#"environment="other",kind="auto",outcome="superseded"} 50"#))
    #expect(!told.contains("e100"))
  }

  @Test(arguments: [
    ("1ms", Duration.milliseconds(1)), ("200ms", .milliseconds(200)), ("5s", .seconds(5)),
    ("60m", .seconds(3600)), ("0ms", nil), ("61m", nil), ("5", nil), ("ms", nil), ("-1s", nil),
    ("1h", nil), ("99999999999999999999ms", nil), ("", nil),
  ])
  func `short times are read`(text: String, duration: Duration?) {
    #expect(DurationText.parseShort(text) == duration)
  }

  @Test func `durations of calls are nanoseconds`() {
    #expect(Duration.microseconds(1500).clampedNanoseconds == 1_500_000)
    #expect((Duration.seconds(3) + .nanoseconds(7)).clampedNanoseconds == 3_000_000_007)
  }

  @Test func `who asks for metrics again and again gets those that were made last`() {
    let asked = Counter()
    let time = Counter()
    let family = MetricFamily.counter("asked", "Asked.") {
      asked.add()
      return asked.value
    }
    let cache = ExpositionCache(MetricRegistry([family])) {
      MonotonicTime(nanoseconds: Int64(time.value))
    }
    for _ in 0..<100 { _ = cache.text(.text) }
    #expect(asked.value == Int(ExpositionCache.burst))
    time.add(1_000_000_000)
    for _ in 0..<100 { _ = cache.text(.text) }
    #expect(asked.value == Int(ExpositionCache.burst + ExpositionCache.perSecond))
  }
}

import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(2))) struct MetricsTests {
  @Test func `threads that share a histogram lose nothing`() async {
    let histogram = Histogram(HistogramBounds([1, 2]))
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for value in 0..<1000 {
            histogram.recordShared(value % 4)
            counter.add()
          }
        }
      }
    }
    let snapshot = histogram.snapshot
    #expect(snapshot.counts == [2000, 1000, 1000])
    #expect(snapshot.sum == 6000 && counter.value == 4000)
  }

  @Test func `each value falls into the first bucket whose bound holds it`() {
    let bounds = HistogramBounds([0, 1024, 2048])
    let found = [-1, 0, 1, 1024, 1025, 2048, 2049, .max].map { bounds.bucket(of: $0) }
    #expect(found == [0, 0, 1, 1, 2, 2, 3, 3])
  }

  @Test func `snapshots add up`() {
    let (one, other) = (Histogram(HistogramBounds([1])), Histogram(HistogramBounds([1])))
    one.record(1)
    other.record(2)
    other.record(3)
    var sum = one.snapshot
    sum += other.snapshot
    #expect(sum.counts == [1, 2] && sum.sum == 6 && sum.count == 3)
  }

  @Test func `names above the cap are one`() {
    var names = CappedNames(limit: 2)
    #expect(
      ["a", "b", "c", "a", "d"].map { names.label($0) } == ["a", "b", "other", "a", "other"])
  }
}

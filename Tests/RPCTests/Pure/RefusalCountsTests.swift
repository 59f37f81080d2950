import RPC
import Testing

@Suite(.timeLimit(.minutes(2))) struct RefusalCountsTests {
  @Test func `each class has a label of its own, in snake case`() {
    let labels = RefusalClass.allCases.map { "\($0.label)" }
    #expect(Set(labels).count == labels.count)
    for label in labels {
      #expect(label.utf8.allSatisfy { (0x61...0x7a).contains($0) || $0 == 0x5f }, "\(label)")
    }
  }

  @Test func `counters count each class, from several threads`() async {
    let counters = RefusalCounters()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for _ in 0..<1000 { counters.add(.memory) } }
      }
    }
    counters.add(.badPreface)
    let counts = counters.counts
    #expect(counts[.memory] == 4000 && counts[.badPreface] == 1 && counts.total == 4001)
    #expect(counts.classes == [.badPreface, .memory])
  }

  @Test func `snapshots add up, and tell what is new`() {
    let counters = RefusalCounters()
    counters.add(.loopLag)
    let before = counters.counts
    counters.add(.loopLag)
    counters.add(.heldBytes)
    let news = counters.counts.since(before)
    #expect(news.classes == [.loopLag, .heldBytes] && news.total == 2)
    var sum = before
    sum += news
    #expect(sum == counters.counts)
  }
}

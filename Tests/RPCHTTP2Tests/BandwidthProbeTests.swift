import EventLoop
import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct BandwidthProbeTests {
  private static func time(_ milliseconds: Int) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(milliseconds) * 1_000_000)
  }

  private static let fresh = BandwidthProbe(threshold: 1000, at: time(0))

  @Test func `a PING leaves once enough bytes have come, and one at a time`() {
    var probe = Self.fresh
    let sent = [400, 500, 100, 5000, 5000].map { probe.received($0, at: Self.time(1)) }
    #expect(sent == [false, false, true, false, false])
    #expect(probe.isUnderWay)
  }

  @Test func `the sample is what came between the PING and its answer`() {
    var probe = Self.fresh
    _ = probe.received(3000, at: Self.time(0))
    _ = probe.received(40_000, at: Self.time(5))
    _ = probe.received(2000, at: Self.time(9))
    let (first, second) = (probe.answered(at: Self.time(10)), probe.answered(at: Self.time(11)))
    #expect(first == .init(bytes: 42_000, isFastest: true))
    #expect(second == nil)
  }

  @Test func `an answer that nobody asked for is no sample`() {
    var probe = Self.fresh
    let early = probe.answered(at: Self.time(1))
    _ = probe.received(10, at: Self.time(1))
    let late = probe.answered(at: Self.time(2))
    #expect(early == nil && late == nil)
  }

  /// Bytes of each round trip of ten milliseconds, and whether it is the fastest so far.
  @Test(
    "a sample that is slower than an earlier one is told",
    arguments: [
      [(1000, true), (2000, true), (4000, true)], [(4000, true), (3900, false), (4000, true)],
    ])
  func speeds(samples: [(bytes: Int, isFastest: Bool)]) {
    var probe = Self.fresh
    for (number, sample) in samples.enumerated() {
      let start = Self.time(number * 20)
      let sends = probe.received(1000, at: start)
      #expect(sends)
      _ = probe.received(sample.bytes, at: start)
      let seen = probe.answered(at: start + .milliseconds(10))
      #expect(seen == .init(bytes: sample.bytes, isFastest: sample.isFastest))
      probe.used(true, at: start + .milliseconds(10))
    }
  }

  @Test func `PINGs become rare while they teach nothing`() {
    var probe = Self.fresh
    var sent: [Int] = []
    for millisecond in 0..<40_000 {
      guard probe.received(10_000, at: Self.time(millisecond)) else { continue }
      sent.append(millisecond)
      _ = probe.answered(at: Self.time(millisecond))
      probe.used(false, at: Self.time(millisecond))
    }
    #expect(sent == [0, 100, 300, 700, 1500, 3100, 6300, 12_700, 22_700, 32_700])
    // And frequent again after one that did.
    let late = probe.received(10_000, at: Self.time(42_700))
    _ = probe.answered(at: Self.time(42_701))
    probe.used(true, at: Self.time(42_701))
    let next = probe.received(10_000, at: Self.time(42_701))
    #expect(late && next)
  }

  @Test func `bytes in small numbers are asked about when they have added up`() {
    var probe = Self.fresh
    let sent = (1...1000).map { probe.received(1, at: Self.time($0)) }
    #expect(sent.firstIndex(of: true) == 999)
  }
}

@Suite(.timeLimit(.minutes(2))) struct WindowBudgetTests {
  @Test func `half goes to the first, and what is given back can be taken again`() {
    var growth = WindowGrowth()
    growth.maxBytesInAll = 1000
    let budget = WindowBudget(growth)
    #expect(budget.take(400, own: 0, nil) == 400)
    #expect(budget.take(5000, own: 400, nil) == 600)
    #expect(budget.take(1, own: 1000, nil) == 0)
    budget.giveBack(300)
    #expect(budget.used == 700)
    #expect(budget.take(5000, own: 700, nil) == 300)
  }

  @Test func `windows are given no more than the server may hold`() async throws {
    var limits = ConnectionLimits()
    limits.maxHeldBytes = 1000
    limits.windowGrowth?.maxBytesInAll = 1 << 30
    #expect(WindowBudget(limits)?.take(5000, own: 0, nil) == 1000)
    let loop = try EventLoop(name: "budget")
    let context = ConnectionContext(loop: loop, limits: limits)
    #expect(context.windowBudget?.growth.maxBytesInAll == 1000)
    limits.windowGrowth?.maxBytesInAll = 10
    #expect(WindowBudget(limits)?.take(5000, own: 0, nil) == 10)
    limits.windowGrowth = nil
    #expect(WindowBudget(limits) == nil)
    await loop.shutdown()
  }
}

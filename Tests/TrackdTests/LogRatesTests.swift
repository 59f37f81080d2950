import Testing

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct LogRatesTests {
  private static let call: StaticString = "call"
  private static let ok = LogKind(message: call, detail: "OK")
  private static let cancelled = LogKind(message: call, detail: "CANCELLED")
  private static let refused = LogKind(message: "refused", detail: "")
  private static let second: Int64 = 1_000_000
  private static let peer = "ipv4:10.0.0.1:4711"

  /// Holds a rate of ten lines a second, because expectations cannot mutate one.
  private final class Rates {
    private var rates = LogRates(perSecond: 10, seed: 1)

    var hasLeftOut: Bool { rates.hasLeftOut }

    func allows(_ kind: LogKind, peer: String, now: Int64) -> Bool {
      rates.allows(kind, peer: peer, now: now)
    }

    func takeLeftOut(now: Int64, atOnce: Bool = false) -> [LogRates.LeftOut] {
      rates.takeLeftOut(now: now, atOnce: atOnce)
    }
  }

  private let rates = Rates()

  /// The number of lines, of `count`, that may be written.
  private func allowed(
    _ count: Int, _ kind: LogKind = ok, peer: String = peer, at now: Int64 = 0
  ) -> Int {
    (0..<count).count { _ in rates.allows(kind, peer: peer, now: now) }
  }

  @Test func `a burst of five seconds is written, and not a line more`() {
    #expect(allowed(50) == 50)
    #expect(!rates.hasLeftOut)
    #expect(allowed(1) == 0)
    #expect(rates.hasLeftOut)
  }

  @Test func `the rate comes back with time, to the line, and a burst at most`() {
    #expect(allowed(60) == 50)
    #expect(allowed(5, at: Self.second / 10 - 1) == 0)
    #expect(allowed(5, at: Self.second / 10) == 1)
    #expect(allowed(50, at: Self.second / 10 + Self.second) == 10)
    #expect(allowed(200, at: 1000 * Self.second) == 50)
  }

  @Test func `what is not used does not pile up beyond the burst`() {
    #expect(allowed(1) == 1)
    #expect(allowed(60, at: 4 * Self.second) == 50)
  }

  @Test func `asking often does not lose what has not become a line yet`() {
    #expect(allowed(50) == 50)
    var written = 0
    for millisecond in 1...1000 { written += allowed(1, at: Int64(millisecond) * 1000) }
    #expect(written == 10)
  }

  @Test(arguments: [Int64.min, -3_600_000_000, -1])
  func `a clock that is set back gives nothing, and goes on`(by jump: Int64) {
    #expect(allowed(60, at: 0) == 50)
    #expect(allowed(5, at: jump) == 0)
    let (later, _) = jump.addingReportingOverflow(Self.second)
    #expect(allowed(50, at: later) == 10)
  }

  @Test func `a clock at either end of time does no harm`() {
    #expect(allowed(60, at: .min) == 50)
    #expect(allowed(60, at: .max) == 50)
    #expect(allowed(60, at: .min) == 0)
  }

  @Test func `kinds do not starve each other, nor do peers`() {
    #expect(allowed(100, Self.cancelled) == 50)
    #expect(allowed(60, Self.ok) == 50)
    #expect(allowed(60, Self.refused) == 50)
    #expect(allowed(60, Self.cancelled, peer: "ipv4:10.0.0.2:4711") == 50)
    #expect(allowed(60, Self.cancelled, peer: "") == 50)
  }

  @Test(arguments: [
    ("ipv4:10.0.0.1:1", "ipv4:10.0.0.1:2", true),
    ("ipv6:[2001:db8::1]:1", "ipv6:[2001:db8::1]:22222", true),
    ("ipv6:[2001:db8::1]:1", "ipv6:[2001:db8::2]:1", false),
    ("ipv4:10.0.0.1:1", "ipv4:10.0.0.11:1", false),
    ("unix:/run/a.sock", "unix:/run/a.sock", true),
    ("unix:/run/a:1", "unix:/run/a:2", false),
    ("", "", true),
    ("ip", "ip", true),
  ]) func `ports do not make a peer`(_ one: String, _ other: String, _ isSame: Bool) {
    #expect(allowed(50, peer: one) == 50)
    #expect(allowed(50, peer: other) == (isSame ? 0 : 50))
  }

  @Test func `all peers together have ten times as much of a kind`() {
    var written = 0
    for number in 0..<20 { written += allowed(100, peer: "ipv4:10.0.1.\(number):1") }
    #expect(written == 500)
    #expect(allowed(50, Self.refused) == 50)
    var later = 0
    for number in 0..<20 { later += allowed(10, peer: "ipv4:10.0.1.\(number):1", at: Self.second) }
    #expect(later == 100)
    #expect(rates.takeLeftOut(now: 0, atOnce: true).reduce(0) { $0 + $1.count } == 1600)
  }

  @Test func `what was left out is told after a second, by kind and peer, once`() {
    #expect(allowed(53, at: 5) == 50)
    #expect(allowed(51, Self.cancelled, at: Self.second) == 50)
    #expect(rates.takeLeftOut(now: Self.second + 4).isEmpty)
    let told = rates.takeLeftOut(now: Self.second + 5)
    let expected = [
      LogRates.LeftOut(kind: Self.ok, peer: "ipv4:10.0.0.1", count: 3),
      LogRates.LeftOut(kind: Self.cancelled, peer: "ipv4:10.0.0.1", count: 1),
    ]
    #expect(told.count == 2 && expected.allSatisfy { told.contains($0) })
    #expect(!rates.hasLeftOut)
    #expect(rates.takeLeftOut(now: 100 * Self.second, atOnce: true).isEmpty)
  }

  @Test func `what was left out is told though the clock is set back`() {
    #expect(allowed(51, at: 100 * Self.second) == 50)
    #expect(rates.takeLeftOut(now: 0).map(\.count) == [1])
  }

  /// More peers than there is room for, most of them with too many lines: the sum stays exact.
  @Test func `a peer that is forgotten is counted among the others`() {
    let peers = LogRates.setCount * LogRates.ways * 2
    var written = 0
    for round in 0..<2 {
      for number in 0..<peers {
        let peer = "ipv6:[2001:db8::\(number)]:1"
        written += allowed(51, peer: peer, at: Int64(round) * Self.second)
      }
    }
    let told = rates.takeLeftOut(now: 0, atOnce: true)
    #expect(told.reduce(0) { $0 + Int($1.count) } == peers * 2 * 51 - written)
    #expect(told.count <= LogRates.setCount * LogRates.ways + 1)
    #expect(told.contains { $0.peer == LogRates.others && $0.kind == Self.ok })
  }

  @Test func `of a full set the one is forgotten that was silent the longest`() {
    #expect(allowed(50, at: 0) == 50)
    for number in 0..<(LogRates.setCount * LogRates.ways * 8) {
      // Seen before each other peer, so it stays, and it has no line left.
      #expect(!rates.allows(Self.ok, peer: Self.peer, now: 0))
      _ = rates.allows(Self.ok, peer: "ipv4:10.\(number):1", now: -Int64(number) - 1)
    }
  }

  @Test func `no limit is none`() {
    var rates = LogRates(perSecond: 0, seed: 1)
    let written = (0..<100_000).count { _ in rates.allows(Self.ok, peer: Self.peer, now: 0) }
    let leftOut = rates.takeLeftOut(now: 0, atOnce: true)
    #expect(written == 100_000 && leftOut.isEmpty)
  }
}

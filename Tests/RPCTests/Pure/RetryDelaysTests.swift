import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct RetryDelaysTests {
  private func delay(_ delays: RetryDelays, at second: UInt32, _ random: Double = 0.5) -> Double {
    delays.next(at: second, random: random) / .seconds(1)
  }

  @Test func `a lone refusal asks for a second, half more or less`() {
    #expect(abs(delay(RetryDelays(), at: 7, 0) - 0.5) < 0.01)
    #expect(abs(delay(RetryDelays(), at: 7, 1) - 1.5) < 0.01)
  }

  @Test func `many ask for more, so that they come back at about a thousand a second`() {
    let delays = RetryDelays()
    for _ in 0..<9_999 { _ = delay(delays, at: 100) }
    #expect(abs(delay(delays, at: 100) - 11) < 0.1)
    for _ in 0..<100_000 { _ = delay(delays, at: 100) }
    #expect(delay(delays, at: 100) == 30)
  }

  @Test func `what was refused is forgotten by half each second`() {
    let delays = RetryDelays()
    for _ in 0..<8_000 { _ = delay(delays, at: 100) }
    #expect(abs(delay(delays, at: 102) - 3) < 0.1)
    #expect(abs(delay(delays, at: 200) - 1) < 0.1)
  }

  @Test func `a refusal that comes with an earlier time forgets nothing`() {
    let delays = RetryDelays()
    for _ in 0..<8_000 { _ = delay(delays, at: 100) }
    #expect(abs(delay(delays, at: 99) - 9) < 0.1)
    #expect(abs(delay(delays, at: 100) - 9) < 0.1)
  }
}

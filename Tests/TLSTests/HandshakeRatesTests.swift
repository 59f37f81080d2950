import EventLoop
import Testing

@testable import TLS

@Suite(.timeLimit(.minutes(2)))
struct HandshakeRatesTests {
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)

  private func ipv4(_ host: UInt32, port: UInt16 = 1) -> SocketAddress {
    .ipv4(host: host, port: port)
  }

  @Test
  func `A host has two seconds' worth at once, then its rate; others have their own`() {
    let rates = HandshakeRates(perSecond: 5)
    for number in 0..<10 { #expect(rates.allow(ipv4(1, port: UInt16(number)), at: start)) }
    #expect(!rates.allow(ipv4(1), at: start))
    #expect(rates.allow(ipv4(2), at: start))
    let later = start + .milliseconds(200)
    #expect(rates.allow(ipv4(1), at: later))
    #expect(!rates.allow(ipv4(1), at: later))
    // A rest of an hour is worth no more than two seconds.
    let muchLater = start + .seconds(3600)
    for _ in 0..<10 { #expect(rates.allow(ipv4(1), at: muchLater)) }
    #expect(!rates.allow(ipv4(1), at: muchLater))
  }

  @Test
  func `The second half of an IPv6 address makes no other host`() {
    let rates = HandshakeRates(perSecond: 1)
    func host(_ low: UInt64) -> SocketAddress { .ipv6(high: 7, low: low, scope: 0, port: 1) }
    #expect(rates.allow(host(1), at: start))
    #expect(rates.allow(host(2), at: start))
    #expect(!rates.allow(host(3), at: start))
  }

  @Test
  func `Hosts without number share what the table has no room for`() {
    let rates = HandshakeRates(perSecond: 1)
    for number in 0..<UInt32(HandshakeRates.mostHosts) { _ = rates.allow(ipv4(number), at: start) }
    let others = (1...100).filter { rates.allow(ipv4(1_000_000 + UInt32($0)), at: start) }
    #expect(others.count == 2)
    // Hosts that have rested make room.
    let later = start + .seconds(10)
    #expect(rates.allow(ipv4(2_000_000), at: later))
    #expect(rates.allow(ipv4(2_000_001), at: later))
  }
}

import Testing
import TrackDomain

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct RefusedCallsTests {
  private func key(_ peer: String, _ number: Int = 0) -> RefusedCalls.Key {
    RefusedCalls.Key(
      peer: peer, principal: Principal(name: "p\(number)", isVerified: true), method: "a.B/C",
      outcome: "PERMISSION_DENIED", reason: "NO_RIGHT")
  }

  @Test func `calls that are alike are counted, from the first one on`() {
    var table = RefusedCalls.Table()
    for time in [5, 7, 9] { table.add(key("a"), at: Timestamp(microseconds: Int64(time))) }
    table.add(key("b"), at: Timestamp(microseconds: 8))
    #expect(table.entries.count == 2)
    let first = table.entries[0]
    #expect(first.key == key("a") && first.count == 3)
    #expect(first.first == Timestamp(microseconds: 5))
  }

  @Test func `one peer has a share, and nobody fills the table`() {
    var table = RefusedCalls.Table()
    let now = Timestamp(microseconds: 0)
    for number in 0..<1000 { table.add(key("flood", number), at: now) }
    #expect(table.entries.count == RefusedCalls.limits.peer + 1)
    table.add(key("quiet"), at: now)
    #expect(table.entries.last?.key == key("quiet"))
    for number in 0..<10_000 { table.add(key("peer\(number)"), at: now) }
    #expect(table.entries.count <= RefusedCalls.limits.all + 1)
    let all = table.entries.reduce(0) { $0 + $1.count }
    #expect(all == 11_001)
  }

  @Test(arguments: [
    ("ipv4:192.0.2.1:443", "ipv4:192.0.2.1"), ("ipv6:[2001:db8::1]:443", "ipv6:[2001:db8::1]"),
    ("unix:/run/trackd.sock", "unix:/run/trackd.sock"), ("", ""),
  ])
  func `a peer is its address without the port`(_ peer: String, _ host: String) {
    #expect(RefusedCalls.host(peer) == host)
  }
}

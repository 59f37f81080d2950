import Testing
import TrackDomain

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct RefusedCallsTests {
  private func key(
    _ peer: String, _ number: Int = 0, by principal: String = ""
  ) -> RefusedCalls.Key {
    RefusedCalls.Key(
      peer: peer, principal: Principal(name: principal, isVerified: !principal.isEmpty),
      method: "a.B/C\(number)", outcome: "PERMISSION_DENIED", reason: "NO_RIGHT")
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

  @Test func `a caller at an address has a share, and nobody fills the table`() {
    var table = RefusedCalls.Table()
    let now = Timestamp(microseconds: 0)
    func hasPlace(_ key: RefusedCalls.Key) -> Bool { table.entries.contains { $0.key == key } }
    for number in 0..<1000 { table.add(key("flood", number), at: now) }
    #expect(table.entries.count == RefusedCalls.limits.caller + 1)
    func unnamed() -> Int64 { table.entries.reduce(0) { $0 + $1.unnamed } }
    #expect(unnamed() == Int64(1000 - RefusedCalls.limits.caller))
    // Who is known at the same address is not counted with strangers.
    table.add(key("flood", by: "ada"), at: now)
    #expect(hasPlace(key("flood", by: "ada")))
    for number in 0..<10_000 { table.add(key("peer\(number)"), at: now) }
    #expect(table.entries.count <= RefusedCalls.limits.strangers + 2)
    // Nor is there no room for them, however many strangers there are.
    table.add(key("flood", by: "bob"), at: now)
    #expect(hasPlace(key("flood", by: "bob")))
    for number in 0..<10_000 { table.add(key("flood", by: "p\(number)"), at: now) }
    #expect(table.entries.count <= RefusedCalls.limits.all + 1)
    #expect(table.entries.reduce(0) { $0 + $1.count } == 21_002)
    // In the table of all loops, no call is counted twice as one without a place.
    let before = unnamed()
    var all = RefusedCalls.Table()
    for entry in table.entries { all.add(entry) }
    #expect(all.entries.reduce(0) { $0 + $1.unnamed } == before)
  }

  @Test func `strangers use up their day, and nothing of callers who are known`() {
    var state = AuditKeeper.State()
    func events(_ count: Int, by name: String) -> [RefusedCalls.Taken] {
      (0..<count).map {
        RefusedCalls.Taken(
          event: AuditEvent(
            at: Timestamp(microseconds: Int64($0)), count: 2,
            principal: Principal(name: name, isVerified: !name.isEmpty), peer: "p\($0)",
            method: "a.B/C", subject: AuditSubject(reason: "NO_RIGHT"),
            outcome: "PERMISSION_DENIED"), unnamed: 1)
      }
    }
    let noon = Timestamp(microseconds: 43_200_000_000)
    let strangers = AuditKeeper.State.dailyLimits.strangers
    #expect(state.bounded(events(strangers, by: ""), at: noon).count == strangers)
    let later = state.bounded(events(100, by: "") + events(3, by: "ada"), at: noon)
    #expect(later.count == 4)
    #expect(later.first?.event.count == 200 && later.first?.event.method == RefusedCalls.other)
    #expect(later.map(\.unnamed) == [200, 1, 1, 1])
    #expect(
      later.map(\.event).dropFirst().allSatisfy {
        $0.principal.name == "ada" && $0.method == "a.B/C"
      })
    // Who is known has a limit, too, and keeps the name.
    let known = AuditKeeper.State.dailyLimits.known
    let full = state.bounded(events(known, by: "ada") + events(1, by: "bob"), at: noon)
    #expect(full.map(\.event.principal.name) == ["ada", "bob"])
    #expect(full.map(\.event.count) == [Int64(2 * known), 2])
    // The next day begins anew.
    let tomorrow = Timestamp(microseconds: 86_400_000_000)
    #expect(state.bounded(events(100, by: ""), at: tomorrow).count == 100)
  }

  @Test(arguments: [
    ("ipv4:192.0.2.1:443", "ipv4:192.0.2.1"),
    ("ipv6:[2001:db8:1:2:3::1]:443", "ipv6:[2001:db8:1:2::]/64"),
    ("unix:/run/trackd.sock", "unix:/run/trackd.sock"), ("", ""),
  ])
  func `a peer is its address without the port, and a network of IPv6`(
    _ peer: String, _ host: String
  ) {
    #expect(RefusedCalls.host(peer) == host)
  }
}

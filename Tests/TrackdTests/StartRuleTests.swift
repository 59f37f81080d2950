import EventLoop
import Testing
import TrackAccess

@testable import trackd

@Suite(.timeLimit(.minutes(2)))
struct StartRuleTests {
  private func rule(_ addresses: String...) -> StartRule {
    StartRule(
      addresses: addresses.compactMap { SocketAddress($0) }, hasCredentials: false,
      hasPolicy: false, allowsNoAuth: false, hasTLS: false)
  }

  @Test(
    arguments: [
      "127.0.0.1:1", "127.8.9.10:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "unix:/a",
      "unix-abstract:a",
    ])
  func `Nothing is asked of addresses of this machine`(_ address: String) throws {
    #expect(try rule(address).check() == [])
  }

  @Test(arguments: ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "[2001:db8::1]:1", "128.0.0.1:1"])
  func `Any other address needs credentials and a policy, or the word that it does not`(
    _ text: String
  ) throws {
    let address = try #require(SocketAddress(text))
    var rule = rule("127.0.0.1:1", text)
    #expect(throws: StartRefusal.self) { try rule.check() }
    rule.hasCredentials = true
    #expect(throws: StartRefusal.self) { try rule.check() }
    rule.hasPolicy = true
    #expect(try rule.check() == [.cleartextTokens(address)])
    rule.hasTLS = true
    #expect(try rule.check() == [])
    rule.hasCredentials = false
    #expect(throws: StartRefusal.self) { try rule.check() }
    rule.allowsNoAuth = true
    #expect(try rule.check() == [.noAuth(address)])
  }

  @Test
  func `Keys are fetched when they are due, and for unknown ones after a pause`() {
    let issuer = JWTIssuer(
      name: "a", audiences: ["b"], keys: .url("https://a/", caFile: nil))
    let start = ContinuousClock.now
    var schedule = KeySchedule()
    #expect(schedule.takeDue([issuer], at: start) == [issuer])
    #expect(!schedule.hasDue([issuer], at: start + .seconds(1000)))
    let ended = schedule.fetched(issuer, at: start)
    #expect(ended)
    #expect(!schedule.hasDue([issuer], at: start + .seconds(299)))
    #expect(schedule.hasDue([issuer], at: start + .seconds(300)))
    schedule.wanted(issuer.name, at: start + .seconds(1))
    #expect(!schedule.hasDue([issuer], at: start + .seconds(19)))
    #expect(schedule.takeDue([issuer], at: start + .seconds(20)) == [issuer])
    schedule.failed(issuer, at: start + .seconds(25))
    #expect(!schedule.hasDue([issuer], at: start + .seconds(44)))
    #expect(schedule.hasDue([issuer], at: start + .seconds(45)))
    var moved = issuer
    moved.keys = .url("https://elsewhere/", caFile: nil)
    #expect(schedule.hasDue([moved], at: start + .seconds(25)))
    #expect(!schedule.isCurrent(issuer.name, [moved]))
  }
}

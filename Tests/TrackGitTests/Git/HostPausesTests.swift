import EventLoop
import Testing

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct HostPausesTests {
  private static func time(_ seconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: seconds * 1_000_000_000)
  }

  private static let limits = HostPauses.Limits(
    first: .seconds(2), longest: .seconds(20), probe: .seconds(60), remembered: 3)

  @Test func `pauses grow, up to the longest, and an answer ends them`() {
    var pauses = HostPauses(Self.limits)
    var now: Int64 = 100
    for expected in [2, 4, 8, 16, 20, 20] as [Int64] {
      #expect(pauses.ask("a", at: Self.time(now)) == .go)
      #expect(
        pauses.silent("a", since: Self.time(now), at: Self.time(now + 5)) == .seconds(expected))
      now += 5
      #expect(pauses.isSilent("a") == true)
      #expect(pauses.isKnown("a") == false)
      #expect(pauses.ask("a", at: Self.time(now)) == .pause(.seconds(expected)))
      #expect(pauses.ask("a", at: Self.time(now + expected - 1)) == .pause(.seconds(1)))
      now += expected
    }
    #expect(pauses.ask("a", at: Self.time(now)) == .go)
    pauses.answered("a", at: Self.time(now))
    #expect(pauses.isKnown("a") == true)
    #expect(pauses.isSilent("a") == false)
    #expect(pauses.ask("a", at: Self.time(now)) == .go)
    #expect(pauses.ask("a", at: Self.time(now)) == .go)
    #expect(pauses.silent("a", since: Self.time(now + 1), at: Self.time(now + 9)) == .seconds(2))
  }

  @Test func `after a pause one asks, and the others do not wait for it`() {
    var pauses = HostPauses(Self.limits)
    _ = pauses.silent("a", since: Self.time(0), at: Self.time(1))
    #expect(pauses.ask("a", at: Self.time(3)) == .go)
    #expect(pauses.ask("a", at: Self.time(4)) == .pause(.seconds(2)))
    // The command that began the test never reports: another command may test.
    #expect(pauses.ask("a", at: Self.time(62)) == .pause(.seconds(2)))
    #expect(pauses.ask("a", at: Self.time(63)) == .go)
    // A report of another command changes nothing.
    pauses.gaveUp("a", askedAt: Self.time(3))
    #expect(pauses.ask("a", at: Self.time(64)) == .pause(.seconds(2)))
    pauses.gaveUp("a", askedAt: Self.time(63))
    #expect(pauses.ask("a", at: Self.time(64)) == .go)
  }

  @Test func `those who asked at the same time count as one`() {
    var pauses = HostPauses(Self.limits)
    #expect(pauses.silent("a", since: Self.time(0), at: Self.time(45)) == .seconds(2))
    for start in 0..<10 as Range<Int64> {
      #expect(pauses.silent("a", since: Self.time(start), at: Self.time(46)) == nil)
    }
    #expect(pauses.ask("a", at: Self.time(47)) == .go)
    // A command from before the pause ends while another one tests.
    #expect(pauses.silent("a", since: Self.time(44), at: Self.time(50)) == nil)
    #expect(pauses.silent("a", since: Self.time(47), at: Self.time(60)) == .seconds(4))
  }

  @Test func `a host that answered somebody meanwhile is not silent`() {
    var pauses = HostPauses(Self.limits)
    pauses.answered("a", at: Self.time(10))
    #expect(pauses.silent("a", since: Self.time(9), at: Self.time(45)) == nil)
    #expect(pauses.silent("a", since: Self.time(10), at: Self.time(45)) == nil)
    #expect(pauses.isKnown("a") == true)
    #expect(pauses.silent("a", since: Self.time(11), at: Self.time(45)) == .seconds(2))
  }

  @Test func `hosts do not share their fate, and few are remembered`() {
    var pauses = HostPauses(Self.limits)
    for name in ["a", "b", "c", "d"] {
      _ = pauses.silent(name, since: Self.time(0), at: Self.time(1))
    }
    #expect(pauses.ask("a", at: Self.time(2)) == .go)
    #expect(pauses.ask("b", at: Self.time(2)) == .pause(.seconds(1)))
    #expect(pauses.ask("new", at: Self.time(2)) == .go)
    #expect(pauses.isKnown("new") == false)
  }
}

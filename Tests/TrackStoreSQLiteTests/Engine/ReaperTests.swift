import Testing
import TrackDomain

@testable import TrackStoreSQLite

@Suite(.timeLimit(.minutes(2))) struct ReaperTests {
  @Test func `runs once a second of its own clock`() throws {
    let uptime = TestClock()
    let clock = RetentionClock(elapsed: 7_000_000, uptime: { uptime.now.microseconds })
    var reaper = Reaper(Retention(SQLiteStoreOptions(), clock), batch: 1)
    let first = reaper.write()
    reaper.ran(try #require(first))
    #expect(reaper.write() == nil)
    uptime.set(microseconds: 999_999)
    #expect(reaper.write() == nil)
    uptime.set(microseconds: 1_000_000)
    #expect(reaper.write() != nil)
  }

  @Test func `the clock goes on from where it was`() {
    let uptime = TestClock()
    let clock = RetentionClock(elapsed: 7_000_000, uptime: { uptime.now.microseconds })
    #expect(clock.now == 7_000_000)
    uptime.set(seconds: 3)
    #expect(clock.now == 10_000_000)
    #expect(clock.limit(.seconds(4)) == 6_000_000)
    #expect(clock.limit(.seconds(400)) < 0)
    #expect(clock.limit(.seconds(Int64.max)) == .min)
    uptime.set(seconds: -300)
    #expect(clock.now == 0)
  }
}

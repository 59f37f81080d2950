import Testing
import TrackDomain

@testable import TrackStoreSQLite

@Suite(.timeLimit(.minutes(2))) struct ReaperTests {
  @Test func `runs once a second, and a clock that is set back does not stop it`() throws {
    var reaper = Reaper(
      requestRetention: .seconds(10), changeRetention: .seconds(10), imageRetention: .seconds(10),
      batch: 1)
    let ahead = Timestamp(microseconds: 2_000_000_000_000_000)
    let first = reaper.write(now: ahead)
    reaper.ran(try #require(first), at: ahead)
    let atOnce = reaper.write(now: ahead)
    #expect(atOnce == nil)
    let later = reaper.write(now: Timestamp(microseconds: ahead.microseconds + 1_000_000))
    #expect(later != nil)
    let back = reaper.write(now: ahead.before(microseconds: 2_000_000))
    #expect(back != nil)
  }
}

import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct LaneLeaseTests {
  private let mine = UniqueID(high: 1, low: 1)
  private let other = UniqueID(high: 2, low: 2)

  private func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

  private func next(after former: LaneLease?, at seconds: Int64) -> LaneLease? {
    LaneLease(
      lane: "a", for: mine, after: former, at: time(seconds), until: time(seconds + 30))
  }

  @Test func `a lane is taken when nobody has it`() throws {
    let first = try #require(next(after: nil, at: 0))
    #expect(first.epoch == 1 && first.owner == mine && first.expiresAt == time(30))
    let theirs = LaneLease(lane: "a", owner: other, epoch: 4, expiresAt: time(10))
    #expect(next(after: theirs, at: 9) == nil)
    let taken = try #require(next(after: theirs, at: 10))
    #expect(taken.epoch == 5 && taken.owner == mine && !taken.isHeld(as: theirs))
  }

  @Test func `who has it keeps it, even when it was over for a while`() throws {
    let first = try #require(next(after: nil, at: 0))
    for seconds in [5, 29, 30, 300] as [Int64] {
      let again = try #require(next(after: first, at: seconds))
      #expect(again.epoch == 1 && again.isHeld(as: first))
      #expect(again.expiresAt == time(seconds + 30))
    }
    #expect(!first.isHeld(as: LaneLease(lane: "b", owner: mine, epoch: 1, expiresAt: time(30))))
  }
}

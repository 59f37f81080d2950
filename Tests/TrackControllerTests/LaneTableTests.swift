import Testing
import TrackDomain

@testable import TrackController

/// The table of lanes, on a clock that tests move.
@Suite(.timeLimit(.minutes(2))) struct LaneTableTests {
  private let start = Timestamp(microseconds: 1_800_000_000_000_000)

  /// Holds a table, because expectations cannot mutate one.
  private final class Subject {
    private var table = LaneTable()

    var running: Int { table.running }

    func admit(_ lane: String, at time: Timestamp) -> LaneTable.Admission {
      table.admit(lane, at: time)
    }

    /// Runs a whole batch of a lane, which must be free.
    func work(_ lane: String, _ end: LaneTable.End, at time: Timestamp) {
      #expect(table.admit(lane, at: time) == .admitted)
      table.leave(lane, end, at: time)
    }

    /// The end of a lane's pause; nil when it is free.
    func pause(_ lane: String, at time: Timestamp) -> Timestamp? {
      switch table.admit(lane, at: time) {
      case .paused(let until): return until
      case .busy: Issue.record("\(lane) is busy")
      case .admitted: table.leave(lane, .idle, at: time)
      }
      return nil
    }
  }

  private func seconds(_ seconds: Int64) -> Timestamp { start.after(.seconds(seconds)) }

  @Test func `a lane does one batch at a time, and no lane waits for another`() {
    let lanes = Subject()
    #expect(lanes.admit("a", at: start) == .admitted)
    #expect(lanes.admit("a", at: start) == .busy)
    #expect(lanes.admit("b", at: start) == .admitted)
    #expect(lanes.running == 2)
  }

  @Test func `of several wishes in a batch the longest counts, unless somebody answered`() {
    var batch = DeploymentBatch([])
    batch.end([
      "a": .unavailable("left alone", retryAfter: .seconds(3)), "b": .unavailable("silent"),
      "c": .unavailable("left alone", retryAfter: .seconds(7)),
      "d": .unavailable("left alone", retryAfter: .seconds(5)),
    ])
    guard case .silent(let wish, _) = batch.end(at: start) else {
      Issue.record("somebody answered")
      return
    }
    #expect(wish == .seconds(7))
    batch.end(["e": .failed("no")])
    guard case .answered = batch.end(at: start) else {
      Issue.record("nobody answered")
      return
    }
  }

  @Test func `a lane where somebody answers is free at once`() {
    let lanes = Subject()
    for _ in 0..<3 { lanes.work("a", .answered, at: start) }
    #expect(lanes.admit("a", at: start) == .admitted)
  }

  @Test func `pauses grow as long as nobody answers, and begin anew`() {
    let lanes = Subject()
    var time = start
    for pause in [1, 2, 4, 8, 16, 30, 30] {
      lanes.work("a", .silent(nil, at: time), at: time)
      let end = time.after(.seconds(Int64(pause)))
      #expect(lanes.admit("a", at: time) == .paused(end))
      #expect(lanes.admit("a", at: end.before(microseconds: 1)) == .paused(end))
      #expect(lanes.admit("b", at: time) == .admitted || lanes.admit("b", at: time) == .busy)
      time = end
    }
    lanes.work("a", .answered, at: time)
    lanes.work("a", .silent(nil, at: time), at: time)
    #expect(lanes.admit("a", at: time) == .paused(time.after(.seconds(1))))
  }

  @Test func `who wants to be left alone longer is, up to a minute`() {
    for (wish, pause) in [(5, 5), (0, 1), (60, 60), (61, 60), (100_000, 60)] {
      let lanes = Subject()
      lanes.work("a", .silent(.seconds(wish), at: start), at: start)
      #expect(lanes.admit("a", at: start) == .paused(seconds(Int64(pause))))
    }
  }

  @Test func `a clock that is set back does not make a pause longer`() {
    let lanes = Subject()
    lanes.work("a", .silent(.seconds(60), at: start), at: start)
    #expect(lanes.admit("a", at: seconds(-3600)) == .admitted)
  }

  @Test func `finding nothing once is chance, twice a pause`() {
    let lanes = Subject()
    lanes.work("a", .idle, at: start)
    lanes.work("a", .idle, at: start)
    #expect(lanes.admit("a", at: start) == .paused(seconds(1)))
    lanes.work("b", .idle, at: start)
    lanes.work("b", .answered, at: start)
    lanes.work("b", .idle, at: start)
    #expect(lanes.admit("b", at: start) == .admitted)
  }

  @Test func `silence and finding nothing are counted apart`() {
    let lanes = Subject()
    lanes.work("a", .silent(nil, at: start), at: start)
    lanes.work("a", .idle, at: seconds(1))
    // An idle batch does not end the row of silent ones.
    lanes.work("a", .silent(nil, at: seconds(1)), at: seconds(1))
    #expect(lanes.admit("a", at: seconds(1)) == .paused(seconds(3)))
    // The silent batch in between had work, so that this idle one is the first in a row.
    lanes.work("a", .idle, at: seconds(3))
    #expect(lanes.admit("a", at: seconds(3)) == .admitted)
  }

  @Test func `thousands of lanes that are long over are forgotten, and no pause is`() {
    let lanes = Subject()
    for number in 0..<3000 { lanes.work("old \(number)", .silent(nil, at: start), at: start) }
    let later = seconds(3600)
    lanes.work("new", .silent(nil, at: later), at: later)
    for number in 0..<2000 { lanes.work("\(number)", .silent(nil, at: later), at: later) }
    #expect(lanes.pause("new", at: later) == later.after(.seconds(1)))
    // The lane was forgotten: its pauses begin anew.
    lanes.work("old 7", .silent(nil, at: later), at: later)
    #expect(lanes.pause("old 7", at: later) == later.after(.seconds(1)))
  }
}

/// The most operations of a batch.
@Suite(.timeLimit(.minutes(2))) struct LaneShareTests {
  @Test func `the more lanes, the smaller their batches`() async {
    let lanes = LaneSchedule()
    let time = Timestamp(microseconds: 0)
    for (count, share) in [(1, 64), (32, 64), (33, 62), (64, 32), (512, 4), (700, 4)] {
      for number in 0..<count { _ = await lanes.admit("\(number)", at: time) }
      #expect(await lanes.share == share)
    }
  }

  @Test func `as many deletions as there is room for`() async {
    let lanes = LaneSchedule()
    #expect(await lanes.freeDeletions == ExecutorOptions.deletionsAtOnce)
    await lanes.beginDeletions(ExecutorOptions.deletionsAtOnce)
    #expect(await lanes.freeDeletions == 0)
    await lanes.endDeletion()
    #expect(await lanes.freeDeletions == 1)
  }

  @Test func `lanes of removals and comparisons are kept as long as these go on`() async {
    let lanes = LaneSchedule()
    #expect(await !lanes.isWorking)
    await lanes.beginRemoval(in: ["one"])
    #expect(await lanes.isWorking)
    #expect(await lanes.inUse == ["one"])
    await lanes.endRemoval(in: ["one"])
    #expect(await !lanes.isWorking)
  }
}

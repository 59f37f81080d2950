import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct OperationQueueTests {
  @Test(arguments: [
    (Int64.min, true), (99, true), (100, true), (101, false), (200, false), (201, true),
    (.max, true),
  ])
  func `is due by its time, and when it waits for a time that nothing is put off to`(
    time: Int64, isDue: Bool
  ) {
    let window = DueWindow(now: Timestamp(microseconds: 100), far: Timestamp(microseconds: 200))
    #expect(window.contains(Timestamp(microseconds: time)) == isDue)
  }
}

import Testing

@testable import EventLoop

@Suite(.timeLimit(.minutes(2))) struct MonotonicTimeTests {
  @Test func `a point beyond the ends of the clock is the end`() {
    let late = MonotonicTime(nanoseconds: .max - 5)
    let early = MonotonicTime(nanoseconds: .min + 5)
    #expect(late + .nanoseconds(5) == MonotonicTime(nanoseconds: .max))
    #expect(late + .nanoseconds(6) == MonotonicTime(nanoseconds: .max))
    #expect(late + .seconds(Int64.max) == MonotonicTime(nanoseconds: .max))
    #expect(early + .nanoseconds(-6) == MonotonicTime(nanoseconds: .min))
    #expect(early + .seconds(Int64.min) == MonotonicTime(nanoseconds: .min))
    #expect(
      MonotonicTime(nanoseconds: 7) + .seconds(1) - MonotonicTime(nanoseconds: 7) == .seconds(1))
  }

  @Test(
    "a part of a nanosecond is a whole one, so that nothing comes early",
    arguments: [(0, 0), (1, 1), (999_999_999, 1), (1_000_000_000, 1), (1_000_000_001, 2)])
  func rounding(attoseconds: Int64, nanoseconds: Int64) {
    let duration = Duration(secondsComponent: 3, attosecondsComponent: attoseconds)
    #expect(duration.wholeNanoseconds == 3_000_000_000 + nanoseconds)
  }
}

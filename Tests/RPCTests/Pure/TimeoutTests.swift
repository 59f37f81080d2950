import TestBasics
import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct TimeoutTests {
  @Test(arguments: [
    ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)),
    ("4m", .milliseconds(4)), ("5u", .microseconds(5)), ("6n", .nanoseconds(6)),
    ("0n", .zero), ("00000007S", .seconds(7)), ("99999999n", .nanoseconds(99_999_999)),
    ("99999999H", .seconds(10 * 365 * 86_400)),
  ])
  func `a timeout is a number and a unit`(text: String, duration: Duration) {
    #expect(Timeout.parse(Array(text.utf8).span) == duration)
  }

  @Test(arguments: [
    "", "S", "1", "100", "-1S", "+1S", "1.5S", "1 S", " 1S", "1S ", "123456789S", "1s", "1h", "1x",
    "0x1S", "S1", "１S",
  ])
  func `anything else is no timeout`(text: String) {
    #expect(Timeout.parse(Array(text.utf8).span) == nil)
  }

  @Test(arguments: [
    (Duration.nanoseconds(1), "1n"), (.zero, "1n"), (.seconds(-5), "1n"),
    (.nanoseconds(99_999_999), "99999999n"), (.milliseconds(100), "100000u"),
    (.seconds(99), "99000000u"), (.seconds(100), "100000m"), (.seconds(100_000), "100000S"),
    (.seconds(100_000_000), "1666667M"),
    (Duration(secondsComponent: 0, attosecondsComponent: 1), "1n"),
    (.seconds(Int64.max / 4), "5256000M"),
  ])
  func `a duration is sent in the finest unit that fits`(duration: Duration, text: String) {
    #expect(Timeout.format(duration) == text)
  }

  @Test func `what is sent is never shorter than what was asked, and is taken back`() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<10_000 {
      let duration = Duration.nanoseconds(Int64.random(in: 1...(1 << 58), using: &random))
      let parsed = Timeout.parse(Array(Timeout.format(duration).utf8).span)
      #expect(parsed.map { $0 >= duration && $0 <= duration * 1.001 + .nanoseconds(1) } == true)
    }
  }
}

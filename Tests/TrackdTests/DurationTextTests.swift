import Testing

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct DurationTextTests {
  @Test(arguments: [
    ("1s", 1), ("45s", 45), ("90m", 5400), ("24h", 86_400), ("30d", 2_592_000),
    ("3650d", 315_360_000), ("007h", 25_200),
  ]) func `a number and a unit`(_ text: String, _ seconds: Int64) {
    #expect(DurationText.parse(text) == .seconds(seconds))
  }

  @Test(arguments: [
    "", "d", "30", "0s", "0d", "-1d", "+1d", "1.5h", "1h30m", " 1d", "1d ", "1D", "1w", "3651d",
    "9223372036854775807d", "9223372036854775808s", "\u{0664}d", "1d\u{0301}",
  ]) func `anything else is refused`(_ text: String) {
    #expect(DurationText.parse(text) == nil)
  }
}

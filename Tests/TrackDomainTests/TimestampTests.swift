import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0),
    ("1970-01-01T00:00:00.000001Z", 1),
    ("1970-01-01T00:00:00.1Z", 100_000),
    ("1970-01-01T00:00:00.123456000z", 123_456),
    ("1969-12-31T23:59:59.5Z", -500_000),
    ("1970-01-01t01:30:00+01:30", 0),
    ("1969-12-31T19:00:00-05:00", 0),
    ("2000-02-29T12:00:00Z", 951_825_600_000_000),
    ("2026-11-24T21:30:56Z", 1_795_555_856_000_000),
    ("2100-03-01T00:00:00Z", 4_107_542_400_000_000),
    ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
  ])
  func `reads RFC 3339`(text: String, microseconds: Int64) {
    #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026", "2026-11-24", "2026-11-24T21:30:56", "2026-11-24 21:30:56Z",
    "2026-11-24T21:30Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.0000000000Z",
    "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx",
    "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
    "0000-01-01T00:00:00Z", "12026-01-01T00:00:00Z", "２026-01-01T00:00:00Z",
  ])
  func `refuses anything else`(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test(arguments: [
    (0, 0, 0), (1_500_000, 1, 500_000_000), (-1, -1, 999_999_000), (-1_000_000, -1, 0),
    (-1_500_000, -2, 500_000_000),
  ])
  func `splits into seconds and nanoseconds`(
    microseconds: Int64, seconds: Int64, nanoseconds: Int32
  ) {
    let time = Timestamp(microseconds: microseconds)
    #expect(time.seconds == seconds)
    #expect(time.nanoseconds == nanoseconds)
  }

  // MARK: The years 1 to 9999

  @Test(arguments: [
    Int64.min, .min + 1, -9_223_372_036_854_000_000, -62_135_596_800_000_001,
    253_402_300_800_000_000, .max - 1, .max,
  ])
  func `there is no time outside of the years 1 to 9999`(microseconds: Int64) {
    let time = Timestamp(microseconds: microseconds)
    #expect(time == (microseconds < 0 ? .earliest : .latest))
    #expect(Timestamp(exactly: microseconds) == nil)
  }

  @Test(arguments: [Timestamp.earliest, .latest])
  func `the first and the last time can be calculated with`(time: Timestamp) {
    #expect(Timestamp(exactly: time.microseconds) == time)
    #expect(Timestamp(seconds: time.seconds, nanoseconds: time.nanoseconds) == time)
    for step in [Int64.min, -1, 1, .max] {
      let (later, earlier) = (time.after(microseconds: step), time.before(microseconds: step))
      #expect(later == time || (later > time) == (step > 0))
      #expect(earlier == time || (earlier < time) == (step > 0))
    }
    #expect(Timestamp.earliest.before(.seconds(Int64.max)) == .earliest)
    #expect(Timestamp.latest.before(.seconds(Int64.min)) == .latest)
    #expect(Timestamp.earliest.after(.seconds(Int64.max)) == .latest)
    #expect(Timestamp.latest.after(.seconds(Int64.min)) == .earliest)
  }

  @Test func `calculates in both directions`() {
    let time = Timestamp(microseconds: 10)
    #expect(time.after(microseconds: 3).microseconds == 13)
    #expect(time.before(microseconds: 3).microseconds == 7)
    #expect(time.after(.milliseconds(1)).microseconds == 1010)
    #expect(time.before(.nanoseconds(2500)).microseconds == 8)
  }

  @Test(
    arguments: [
      (-62_135_596_801, 0), (253_402_300_800, 0), (-9_223_372_036_854, 0),
      (-9_223_372_036_855, 0), (.min, 0), (.max, 999_999_999), (0, -1), (0, 1_000_000_000),
      (0, .min), (0, .max),
    ] as [(Int64, Int32)])
  func `protobuf's seconds and nanoseconds outside of them are refused`(
    seconds: Int64, nanoseconds: Int32
  ) {
    #expect(Timestamp(seconds: seconds, nanoseconds: nanoseconds) == nil)
  }

  @Test func `the last second that there is has all of its nanoseconds`() {
    let last = Timestamp(seconds: 253_402_300_799, nanoseconds: 999_999_999)
    #expect(last == .latest)
    #expect(Timestamp(seconds: -62_135_596_800, nanoseconds: 0) == .earliest)
  }
}

import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct CivilTimeTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00"), (-1, "1969-12-31T23:59:59"),
      (1_769_851_800, "2026-01-31T09:30:00"), (951_782_400, "2000-02-29T00:00:00"),
      (1_772_323_199, "2026-02-28T23:59:59"), (1_772_323_200, "2026-03-01T00:00:00"),
      (1_767_225_600, "2026-01-01T00:00:00"), (1_798_761_599, "2026-12-31T23:59:59"),
      (4_107_542_400, "2100-03-01T00:00:00"), (-62_135_596_800, "0001-01-01T00:00:00"),
      (253_402_300_799, "9999-12-31T23:59:59"), (-62_167_219_200, "0000-01-01T00:00:00"),
    ] as [(Int64, String)])
  func `seconds since 1970 are a date and a time of day`(seconds: Int64, text: String) {
    let time = CivilTime(secondsSince1970: seconds)
    var bytes: [UInt8] = []
    time.append(to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
    #expect(time.secondsSince1970 == seconds)
  }

  @Test func `each day follows the one before it`() {
    var last = CivilTime(secondsSince1970: -86_400)
    for day in 0..<200_000 as Range<Int64> {
      let time = CivilTime(secondsSince1970: day * 86_400)
      let isNextDay = time.month == last.month && time.day == last.day + 1
      let isFirstDay = time.day == 1 && last.day >= 28 && time.month == last.month % 12 + 1
      guard isNextDay || isFirstDay, time.secondsSince1970 == day * 86_400 else {
        Issue.record("\(time) does not follow \(last)")
        return
      }
      last = time
    }
    #expect(last.year == 2517)
  }

  @Test(
    arguments: [
      (0, 1, 1), (10_000, 1, 1), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (2026, 1, 32),
      (2026, 2, 29), (2100, 2, 29), (2026, 4, 31),
    ] as [(Int64, Int64, Int64)])
  func `there is no such day`(year: Int64, month: Int64, day: Int64) {
    #expect(CivilTime(year: year, month: month, day: day, secondOfDay: 0) == nil)
  }

  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0), ("1970-01-01T00:00:00.000001Z", 0, 1000),
      ("1970-01-01T00:00:00.1Z", 0, 100_000_000),
      ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999),
      ("1970-01-01T01:30:00+01:30", 0, 0), ("1969-12-31T19:00:00-05:00", 0, 0),
      ("2000-02-29T12:00:00Z", 951_825_600, 0), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
      ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999),
    ] as [(String, Int64, Int32)])
  func `reads RFC 3339`(text: String, seconds: Int64, nanoseconds: Int32) throws {
    for allowsLowercase in [true, false] {
      let time = try #require(CivilTime.parse(rfc3339: text, allowsLowercase: allowsLowercase))
      #expect(time == (seconds, nanoseconds))
    }
  }

  @Test func `reads lower case where that is asked for`() throws {
    let text = "1970-01-01t00:00:01z"
    #expect(CivilTime.parse(rfc3339: text, allowsLowercase: false) == nil)
    #expect(try #require(CivilTime.parse(rfc3339: text, allowsLowercase: true)) == (1, 0))
  }

  @Test(arguments: [
    "", "2026", "2026-11-24", "2026-11-24T21:30:56", "2026-11-24 21:30:56Z", "2026-11-24T21:30Z",
    "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.0000000000Z",
    "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx",
    "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00Z",
    "12026-01-01T00:00:00Z", "２026-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
  ])
  func `refuses anything else`(text: String) {
    #expect(CivilTime.parse(rfc3339: text, allowsLowercase: true) == nil)
  }
}

import Testing
import Wire

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct LogTimeTests {
  @Test(
    "prints RFC 3339 in UTC with microseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"),
      (1_769_851_800_000_125, "2026-01-31T09:30:00.000125Z"),
      (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
      (951_868_799_999_999, "2000-02-29T23:59:59.999999Z"),
      (1_772_323_199_999_999, "2026-02-28T23:59:59.999999Z"),
      (1_772_323_200_000_000, "2026-03-01T00:00:00.000000Z"),
      (1_767_225_600_000_000, "2026-01-01T00:00:00.000000Z"),
      (1_798_761_599_999_999, "2026-12-31T23:59:59.999999Z"),
      (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
      (-1, "1969-12-31T23:59:59.999999Z"),
    ] as [(Int64, String)])
  func prints(micros: Int64, expected: String) {
    var timestamp = LogTime()
    timestamp.set(micros: micros)
    var bytes = ByteBuffer()
    timestamp.append(to: &bytes)
    #expect(String(decoding: [UInt8](bytes), as: UTF8.self) == expected)
  }

  @Test func `the date is computed anew when the second changes`() {
    var timestamp = LogTime()
    timestamp.set(micros: 59_999_999)
    timestamp.set(micros: 60_000_000)
    var bytes = ByteBuffer()
    timestamp.append(to: &bytes)
    #expect(String(decoding: [UInt8](bytes), as: UTF8.self) == "1970-01-01T00:01:00.000000Z")
  }
}

import Wire

/// A point in time as RFC 3339 in UTC with microseconds (`2026-01-31T09:30:00.000125Z`).
///
/// The date and the seconds are kept between lines and computed anew once a second.
struct LogTime: ~Copyable {
  private var second: Int64 = .min
  private var micros: Int64 = 0
  private var prefix: [UInt8] = []

  /// - Parameter micros: microseconds since 1970.
  mutating func set(micros now: Int64) {
    let isWhole = now % 1_000_000 >= 0
    let second = now / 1_000_000 - (isWhole ? 0 : 1)
    micros = now % 1_000_000 + (isWhole ? 0 : 1_000_000)
    guard second != self.second else { return }
    self.second = second
    prefix.removeAll(keepingCapacity: true)
    CivilTime(secondsSince1970: second).append(to: &prefix)
    prefix.append(UInt8(ascii: "."))
  }

  func append(to buffer: inout ByteBuffer) {
    buffer.append(prefix.span)
    buffer.append(decimal: UInt64(micros), width: 6)
    buffer.append(UInt8(ascii: "Z"))
  }
}

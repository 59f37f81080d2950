/// The `grpc-timeout` header: up to eight digits and a unit (PROTOCOL-HTTP2.md, "Timeout").
enum Timeout {
  /// Longer timeouts count as this long: nothing waits for ten years, and sums stay in range.
  private static let longest = Duration.seconds(10 * 365 * 86_400)

  /// Nil for text that is no timeout.
  static func parse(_ text: Span<UInt8>) -> Duration? {
    guard (2...9).contains(text.count) else { return nil }
    var amount: Int64 = 0
    for index in 0..<text.count - 1 {
      let digit = text[index]
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      amount = amount * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    let duration: Duration
    switch text[text.count - 1] {
    case UInt8(ascii: "H"): duration = .seconds(amount * 3600)
    case UInt8(ascii: "M"): duration = .seconds(amount * 60)
    case UInt8(ascii: "S"): duration = .seconds(amount)
    case UInt8(ascii: "m"): duration = .milliseconds(amount)
    case UInt8(ascii: "u"): duration = .microseconds(amount)
    case UInt8(ascii: "n"): duration = .nanoseconds(amount)
    default: return nil
    }
    return min(duration, longest)
  }

  /// In the finest unit that fits eight digits, rounded up; a deadline that has passed becomes one
  /// nanosecond.
  static func format(_ duration: Duration) -> String {
    guard duration > .zero else { return "1n" }
    let (seconds, attoseconds) = min(duration, longest).components
    let nanoseconds = attoseconds / 1_000_000_000 + (attoseconds % 1_000_000_000 > 0 ? 1 : 0)
    // Ten years in nanoseconds are 3.2e17: no overflow.
    let total = seconds * 1_000_000_000 + nanoseconds
    for (unit, size) in units {
      let amount = total / size + (total % size > 0 ? 1 : 0)
      if amount <= 99_999_999 { return "\(amount)\(unit)" }
    }
    return "99999999H"
  }

  private static let units: [(unit: String, size: Int64)] = [
    ("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000), ("M", 60_000_000_000),
    ("H", 3_600_000_000_000),
  ]
}

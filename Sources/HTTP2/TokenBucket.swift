/// A budget that allows `burst` at once and `perSecond` for long. Pure: the clock is an argument,
/// and it is read only when the tokens have run out.
struct TokenBucket {
  private let burst: Int
  private let perSecond: Int
  private(set) var tokens: Int
  private var refilledAt: UInt64

  /// - Parameter now: nanoseconds of any monotonic clock.
  init(burst: Int, perSecond: Int, now: UInt64) {
    self.burst = max(0, burst)
    self.perSecond = max(0, perSecond)
    tokens = self.burst
    refilledAt = now
  }

  /// Takes `cost` tokens; false, and nothing taken, when there are not as many.
  mutating func take(_ cost: Int, now: () -> UInt64) -> Bool {
    if tokens < cost { refill(at: now()) }
    guard tokens >= cost else { return false }
    tokens -= cost
    return true
  }

  /// Gives tokens back, up to the burst.
  @inline(__always)
  mutating func credit(_ amount: Int) {
    if tokens < burst { tokens += min(max(0, amount), burst - tokens) }
  }

  private mutating func refill(at now: UInt64) {
    guard now > refilledAt, perSecond > 0 else { return }
    let elapsed = now - refilledAt
    let (product, overflow) = elapsed.multipliedReportingOverflow(by: UInt64(perSecond))
    let earned = overflow ? UInt64(burst) : product / 1_000_000_000
    // A clock that moved less than one token's time keeps counting from where it was.
    guard earned > 0 else { return }
    refilledAt = now
    credit(Int(min(earned, UInt64(burst))))
  }
}

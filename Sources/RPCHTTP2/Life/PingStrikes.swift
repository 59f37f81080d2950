import EventLoop

/// Counts a client's PINGs that come sooner than they may; pure.
///
/// The first PING after HEADERS or DATA of this side is always fine, and forgives earlier strikes:
/// a client that measures its bandwidth sends one after each.
///
/// Source: gRFC A8.
struct PingStrikes {
  private var count = 0
  private var lastAt: MonotonicTime?
  private var framesSent = 0

  /// A PING has come.
  ///
  /// - Parameter framesSent: HEADERS and DATA that this side has ever sent.
  /// - Returns: whether it is one too many.
  mutating func pinged(
    at now: MonotonicTime, framesSent: Int, hasCalls: Bool, _ limits: PingLimits
  ) -> Bool {
    defer { lastAt = now }
    if framesSent != self.framesSent {
      self.framesSent = framesSent
      count = 0
      return false
    }
    let interval = hasCalls ? limits.minInterval : limits.minIntervalWithoutCalls
    if let lastAt, now - lastAt < interval { count += 1 }
    return count > limits.maxStrikes
  }
}

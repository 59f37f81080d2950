import EventLoop

/// How many bad signatures a host may have verified: a few at once, then some a second. Who has used
/// it up is refused without a verification; tokens that were verified before are not touched by it.
///
/// Each event loop has a budget of its own, so that no call waits for a lock; together they are that
/// of one host.
public struct FailureBudget {
  private let rate: TokenBucket.Rate
  /// What times are counted from.
  private let start = ContinuousClock.now
  /// Bounded: of more hosts the ones that failed longest ago are forgiven.
  private var accounts = RecentValues<String, TokenBucket>(limit: 8192)

  /// - Parameters:
  ///   - burst: bad signatures at once.
  ///   - perSecond: how many are forgiven in a second.
  ///   - loops: so many share both alike. Connections of one host are on any of them.
  public init(burst: Int = 50, perSecond: Int = 5, sharedBy loops: Int = 1) {
    let share = 1 / Double(max(1, loops))
    // However many loops there are, each verifies one.
    rate = TokenBucket.Rate(
      burst: max(1, Double(burst) * share), perSecond: Double(perSecond) * share)
  }

  mutating func allowsVerification(
    for host: String, at instant: ContinuousClock.Instant
  ) -> Bool {
    guard let account = accounts[host] else { return true }
    return account.left(rate, at: instant - start) >= 1
  }

  mutating func failed(_ host: String, at instant: ContinuousClock.Instant) {
    var account = accounts[host] ?? TokenBucket(rate, at: instant - start)
    account.spend(rate, at: instant - start)
    accounts[host] = account
  }
}

/// How many bad signatures a host may have verified: a few at once, then some a second. Who has used
/// it up is refused without a verification; tokens that were verified before are not touched by it.
public struct FailureBudget {
  private struct Account {
    /// Bad signatures that are not forgiven yet.
    var failures: Double
    var changedAt: ContinuousClock.Instant
  }

  private let burst: Double
  private let perSecond: Double
  /// Bounded: of more hosts the ones that failed longest ago are forgiven.
  private var accounts = RecentValues<String, Account>(limit: 8192)

  /// - Parameters:
  ///   - burst: bad signatures at once.
  ///   - perSecond: how many are forgiven in a second.
  public init(burst: Int = 50, perSecond: Int = 5) {
    self.burst = Double(burst)
    self.perSecond = Double(perSecond)
  }

  mutating func allowsVerification(
    for host: String, at instant: ContinuousClock.Instant
  ) -> Bool {
    guard let account = accounts[host] else { return true }
    return left(account, at: instant) < burst
  }

  mutating func failed(_ host: String, at instant: ContinuousClock.Instant) {
    let before = accounts[host].map { left($0, at: instant) } ?? 0
    accounts[host] = Account(failures: min(burst, before + 1), changedAt: instant)
  }

  private func left(_ account: Account, at instant: ContinuousClock.Instant) -> Double {
    let seconds = (instant - account.changedAt) / .seconds(1)
    return max(0, account.failures - max(0, seconds) * perSecond)
  }
}

import Synchronization
import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ShareQuotaTests {
  private static let quota = ShareQuota(total: 100, reserve: 10)

  @Test(
    "at the limit and one above",
    arguments: [
      // used, own, share, privileged, allowed
      (44, 44, 1, false, true), (45, 45, 1, false, false),
      (45, 9, 10, false, true), (45, 10, 10, false, false),
      (89, 10, 100, false, true), (90, 10, 100, false, false),
      (99, 10, 100, true, true), (100, 10, 100, true, false),
      (90, 10, 10, true, false),
      // A member without anything, or with little of its share, always gets something.
      (100, 0, 0, false, true), (5000, 0, 1, false, true), (5000, 1, 19, false, false),
      (5000, 1, 20, false, true), (5000, 9, 100, false, true), (5000, 10, 100, false, false),
    ])
  func allows(used: Int, own: Int, share: Int, isPrivileged: Bool, isAllowed: Bool) {
    #expect(
      Self.quota.allows(used: used, own: own, share: share, isPrivileged: isPrivileged)
        == isAllowed)
  }

  @Test("shares", arguments: [(1, 1, 100), (4, 1, 25), (4, 5, 5), (0, 0, 100), (1000, 1, 0)])
  func shares(groups: Int, members: Int, share: Int) {
    #expect(Self.quota.fairShare(groups: groups, members: members) == share)
  }

  @Test(arguments: [1, 2, 12, 24, 100]) func `whoever comes late finds room beside the greedy`(
    _ greedy: Int
  ) {
    let quota = ShareQuota(total: 10_000, reserve: 500)
    var taken: [Int] = []
    // Members come one after the other, and each takes all that it may.
    for number in 1...greedy {
      let share = quota.fairShare(groups: 1, members: number)
      taken.append(0)
      while taken[number - 1] < 1000,
        quota.allows(used: taken.reduce(0, +), own: taken[number - 1], share: share)
      { taken[number - 1] += 1 }
    }
    let used = taken.reduce(0, +)
    #expect(used <= quota.total * 3 / 2)
    let share = quota.fairShare(groups: 1, members: greedy + 1)
    let late = (0..<1000).prefix { quota.allows(used: used + $0, own: $0, share: share) }
    #expect(late.count >= share / 10 && share >= 99)
  }
}

@Suite(.timeLimit(.minutes(2))) struct InFlightHandlersTests {
  private let quota = ShareQuota(total: 20, reserve: 2)

  @Test func `a greedy connection leaves room for another one, for health and for Unix`() {
    let handlers = InFlightHandlers()
    let accounts = CallAccounts()
    let host = HostAccount(in: accounts)
    let other = CallAccount(of: HostAccount(in: accounts), isPrivileged: false)
    #expect(handlers.enter(quota, other, isEssential: false))
    let greedy = (0..<4).map { _ in CallAccount(of: host, isPrivileged: false) }
    var taken = 0
    for _ in 0..<20 {
      for one in greedy where handlers.enter(quota, one, isEssential: false) { taken += 1 }
    }
    // Eight until half is used, and after that each member less than its share, a quarter of a
    // half.
    #expect(taken == 8)
    // The share of the other host is a half.
    var others = 0
    while handlers.enter(quota, other, isEssential: false) { others += 1 }
    #expect(others == 9)
    #expect(handlers.count == 18)
    #expect(handlers.enter(quota, other, isEssential: true) == false)
    let local = CallAccount(of: HostAccount(in: accounts), isPrivileged: true)
    #expect(handlers.enter(quota, local, isEssential: false))
    #expect(handlers.enter(quota, local, isEssential: false))
    #expect(!handlers.enter(quota, local, isEssential: false))
  }

  @Test func `a slot that is refused is not taken`() {
    let handlers = InFlightHandlers()
    let account = CallAccount(of: HostAccount(in: CallAccounts()), isPrivileged: false)
    while handlers.enter(quota, account, isEssential: false) {}
    let count = handlers.count
    for _ in 0..<100 { #expect(!handlers.enter(quota, account, isEssential: false)) }
    #expect(handlers.count == count)
    #expect(account.handlers == count)
    for _ in 0..<count { handlers.leave(account) }
    #expect(handlers.count == 0 && account.handlers == 0)
  }

  @Test func `a connection without handlers gives its share back`() {
    let accounts = CallAccounts()
    let host = HostAccount(in: accounts)
    let first = CallAccount(of: host, isPrivileged: false)
    var second: CallAccount? = CallAccount(of: host, isPrivileged: false)
    first.handlerStarted()
    second?.handlerStarted()
    #expect(first.share(of: quota) == 10)
    second?.rest()
    #expect(first.share(of: quota) == 10)
    second?.handlerEnded()
    second?.rest()
    #expect(first.share(of: quota) == 20)
    second?.handlerStarted()
    #expect(first.share(of: quota) == 10)
    second = nil
    #expect(first.share(of: quota) == 20)
    #expect(accounts.activeHosts.load(ordering: .relaxed) == 1)
  }
}

import RPC
import Synchronization

/// What the grown windows of a server take of its memory. Any thread.
final class WindowBudget: Sendable {
  let growth: WindowGrowth
  private let quota: ShareQuota
  private let total = Atomic<Int>(0)

  init(_ growth: WindowGrowth) {
    self.growth = growth
    quota = ShareQuota(total: growth.maxBytesInAll)
  }

  /// The budget of `limits`; nil when windows do not grow. What windows were given may come at once
  /// and wait for handlers, so that it is no more than the server may hold of that.
  convenience init?(_ limits: ConnectionLimits) {
    guard var growth = limits.windowGrowth else { return nil }
    growth.maxBytesInAll = min(growth.maxBytesInAll, limits.maxHeldBytes)
    self.init(growth)
  }

  /// Bytes beyond the first windows that peers have been given.
  var used: Int { total.load(ordering: .relaxed) }

  /// How many bytes more a connection may give to its peer, at most `wanted`.
  ///
  /// - Parameters:
  ///   - own: what it has given already.
  ///   - account: its part of the server's shares; nil for clients, which share with nobody.
  func take(_ wanted: Int, own: Int, _ account: CallAccount?) -> Int {
    let share = account?.share(of: quota) ?? growth.maxBytesInAll
    while true {
      let used = self.used
      // What is taken first goes to anyone, and the rest in shares.
      let room = max(growth.maxBytesInAll / 2 - used, share - own)
      let granted = min(wanted, growth.maxBytesInAll - used, room)
      guard granted > 0 else { return 0 }
      let (isTaken, _) = total.weakCompareExchange(
        expected: used, desired: used + granted, ordering: .relaxed)
      if isTaken { return granted }
    }
  }

  func giveBack(_ count: Int) {
    total.wrappingSubtract(count, ordering: .relaxed)
  }
}

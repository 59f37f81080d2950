import EventLoop

/// A git process that stays alive between uses.
protocol GitHelper: AnyObject {
  /// Asks it to end, and kills it when it does not. Blocks.
  func close(limits: ChildLimits)
}

/// Owns helpers. Only one thread at a time uses it, within `GitHelpers.use`.
protocol GitHelperOwner: AnyObject, Sendable {
  var helpers: [any GitHelper] { get }
  /// Forgets its helpers: the next use starts new ones.
  func dropHelpers()
}

/// Limits the number of helpers: at the limit, the owner that was idle for the longest time loses
/// its helpers.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only, and so is an owner that
/// is not in use.
final class GitHelpers: @unchecked Sendable {
  private struct Entry {
    let owner: any GitHelperOwner
    /// Its helpers, and those that it is about to start.
    var count: Int
    var isBusy: Bool
    var lastUse: Int
  }

  private let maximum: Int
  private let lock = Lock()
  private var entries: [ObjectIdentifier: Entry] = [:]
  private var uses = 0

  /// An idle helper has no work left and ends soon.
  private static let limits = ChildLimits(time: .seconds(2))

  /// - Parameter maximum: at least the number of helpers that all threads can use at once: so some
  ///   owner is always idle.
  init(maximum: Int) {
    self.maximum = maximum
  }

  /// The number of helpers.
  var count: Int { lock.withLock { total } }

  private var total: Int { entries.values.reduce(0) { $0 + $1.count } }

  /// Runs code that uses the owner's helpers, which no other thread touches meanwhile. Blocks.
  func use<T, E: Error>(_ owner: any GitHelperOwner, _ body: () throws(E) -> T) throws(E) -> T {
    lock.withLock {
      uses += 1
      entries[ObjectIdentifier(owner)] = Entry(
        owner: owner, count: owner.helpers.count, isBusy: true, lastUse: uses)
    }
    defer { end(owner) }
    return try body()
  }

  private func end(_ owner: any GitHelperOwner) {
    lock.withLock {
      let count = owner.helpers.count
      entries[ObjectIdentifier(owner)]?.isBusy = false
      entries[ObjectIdentifier(owner)]?.count = count
      // An owner without helpers needs no entry.
      if count == 0 { entries[ObjectIdentifier(owner)] = nil }
    }
  }

  /// Makes room for one more helper of an owner that is in use; closes helpers of other owners if
  /// needed. Blocks.
  func makeRoom(for owner: any GitHelperOwner) {
    while true {
      let idle = lock.withLock { () -> [any GitHelper] in
        let idle = total >= maximum ? takeIdle() : []
        if idle.isEmpty { entries[ObjectIdentifier(owner)]?.count += 1 }
        return idle
      }
      if idle.isEmpty { return }
      for helper in idle { helper.close(limits: Self.limits) }
    }
  }

  /// Closes the helpers of all owners that are not in use. Blocks.
  func closeIdle() {
    while true {
      let idle = lock.withLock { takeIdle() }
      if idle.isEmpty { return }
      for helper in idle { helper.close(limits: Self.limits) }
    }
  }

  /// Takes the helpers of the owner that was idle for the longest time.
  private func takeIdle() -> [any GitHelper] {
    let idle = entries.values.filter { !$0.isBusy }
    guard let owner = idle.min(by: { $0.lastUse < $1.lastUse })?.owner else { return [] }
    let helpers = owner.helpers
    owner.dropHelpers()
    entries[ObjectIdentifier(owner)] = nil
    return helpers
  }
}

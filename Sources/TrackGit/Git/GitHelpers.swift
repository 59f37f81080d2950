import EventLoop

/// A process of git that is kept between uses.
protocol GitHelper: AnyObject {
  /// Lets it end; kills it when it does not. Blocks.
  func close(limits: ChildLimits)
}

/// Has helpers. One thread at a time uses it, within `GitHelpers.use`.
protocol GitHelperOwner: AnyObject, Sendable {
  var helpers: [any GitHelper] { get }
  /// Forgets them: the next use starts new ones.
  func dropHelpers()
}

/// Bounds the number of helpers: when there are as many as there may be, the owner that was idle for the
/// longest time loses its own.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only, and so is an owner that is not
/// in use.
final class GitHelpers: @unchecked Sendable {
  private struct Entry {
    let owner: any GitHelperOwner
    /// What it has, or is about to start.
    var count: Int
    var isBusy: Bool
    var lastUse: Int
  }

  private let maximum: Int
  private let lock = Lock()
  private var entries: [ObjectIdentifier: Entry] = [:]
  private var uses = 0

  /// A helper that was idle has nothing left to do.
  private static let limits = ChildLimits(time: .seconds(2))

  /// - Parameter maximum: at least as many as all threads that use owners can have in their hands: then
  ///   somebody is always idle.
  init(maximum: Int) {
    self.maximum = maximum
  }

  /// How many there are.
  var count: Int { lock.withLock { total } }

  private var total: Int { entries.values.reduce(0) { $0 + $1.count } }

  /// Runs what uses the owner's helpers; meanwhile nobody else touches them. Blocks.
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
      // What has none is nothing to remember.
      if count == 0 { entries[ObjectIdentifier(owner)] = nil }
    }
  }

  /// Makes room for one more of an owner that is in use, if need be in the place of those of others.
  /// Blocks.
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

  /// Ends those of all owners that are not in use. Blocks.
  func closeIdle() {
    while true {
      let idle = lock.withLock { takeIdle() }
      if idle.isEmpty { return }
      for helper in idle { helper.close(limits: Self.limits) }
    }
  }

  /// The helpers of the owner that was not used for the longest time; they are its own no more.
  private func takeIdle() -> [any GitHelper] {
    let idle = entries.values.filter { !$0.isBusy }
    guard let owner = idle.min(by: { $0.lastUse < $1.lastUse })?.owner else { return [] }
    let helpers = owner.helpers
    owner.dropHelpers()
    entries[ObjectIdentifier(owner)] = nil
    return helpers
  }
}

import Synchronization

/// The hosts of a server's connections, as far as they share its quotas. Any thread.
public final class CallAccounts: Sendable {
  /// Hosts that have an active connection.
  let activeHosts = Atomic<Int>(0)

  public init() {}
}

/// The connections of one host. Any thread.
public final class HostAccount: Sendable {
  let accounts: CallAccounts
  /// Connections that have had a call lately.
  let activeConnections = Atomic<Int>(0)

  public init(in accounts: CallAccounts) { self.accounts = accounts }

  func connectionBecame(active: Bool) {
    if active {
      let count = activeConnections.wrappingAdd(1, ordering: .relaxed).newValue
      if count == 1 { accounts.activeHosts.wrappingAdd(1, ordering: .relaxed) }
    } else {
      let count = activeConnections.wrappingSubtract(1, ordering: .relaxed).newValue
      if count == 0 { accounts.activeHosts.wrappingSubtract(1, ordering: .relaxed) }
    }
  }
}

/// The part of its server's quotas that one connection has taken.
///
/// `@unchecked Sendable`: confined to the thread of the connection's executor.
public final class CallAccount: @unchecked Sendable {
  private let host: HostAccount
  let turns: IntakeTurns
  /// A peer of this machine, over a Unix socket: it gets of the reserve.
  public let isPrivileged: Bool
  /// Handlers that run.
  @safe @exclusivity(unchecked) private(set) var handlers = 0
  /// Bytes of unfinished requests.
  @safe @exclusivity(unchecked) private(set) var heldBytes = 0
  @safe @exclusivity(unchecked) private var isActive = false
  /// Its requests that wait because the server holds too much.
  @safe @exclusivity(unchecked) var intake = IntakeQueue()

  /// - Parameters:
  ///   - host: the account that the connections of its host share.
  ///   - isPrivileged: whether it may use the reserve.
  ///   - turns: the turns of the connection's executor.
  public init(of host: HostAccount, isPrivileged: Bool, turns: IntakeTurns = IntakeTurns()) {
    self.turns = turns
    self.host = host
    self.isPrivileged = isPrivileged
  }

  deinit { if isActive { host.connectionBecame(active: false) } }

  /// A handler wants to run.
  func handlerStarted() {
    handlers += 1
    activate()
  }

  /// A call holds more of its request, or less.
  func held(_ change: Int) {
    heldBytes += change
    activate()
  }

  private func activate() {
    guard !isActive else { return }
    isActive = true
    host.connectionBecame(active: true)
  }

  func handlerEnded() { handlers -= 1 }

  /// Told now and then by the connection: without work it does not count for the shares any more,
  /// until its next call.
  public func rest() {
    lookAtTurn()
    guard isActive, handlers == 0, heldBytes == 0 else { return }
    isActive = false
    host.connectionBecame(active: false)
  }

  /// This connection's fair part of `quota`.
  package func share(of quota: ShareQuota) -> Int {
    quota.fairShare(
      groups: host.accounts.activeHosts.load(ordering: .relaxed),
      members: host.activeConnections.load(ordering: .relaxed))
  }
}

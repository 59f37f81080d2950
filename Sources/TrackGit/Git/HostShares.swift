/// Shares places for running commands between the hosts that the commands wait for.
///
/// Hosts with waiting commands get free places in turn, so that a host with a long queue delays the
/// others by one place at a time. Pure: the owner runs the commands.
struct HostShares {
  struct Limits: Sendable, Hashable {
    /// The most running commands.
    var total: Int
    /// The most running commands for one host that is known to answer.
    var perHost: Int
    /// The most running commands for one host that is not known to answer.
    var perStranger: Int
    /// Places that only the first running command of a host can get. Commands for hosts that are
    /// not known to answer never take more than the other places.
    var reserve: Int
    /// The most waiting commands for one host.
    var waitingPerHost = 1024
  }

  /// The number of a command, which the owner chooses.
  typealias Ticket = Int

  enum Entry: Hashable {
    /// It runs now.
    case run
    /// It waits for its turn.
    case wait
    /// Too many commands wait for the host.
    case full
  }

  private struct Host {
    var isKnown: Bool
    var running = 0
    /// The oldest command first.
    var waiting: [Ticket] = []
  }

  let limits: Limits
  private var hosts: [String: Host] = [:]
  /// The hosts with waiting commands; the first one has the next turn.
  private var turns: [String] = []
  private(set) var running = 0
  /// The running commands whose host was not known to answer when they began.
  private var strangers: Set<Ticket> = []

  init(_ limits: Limits) {
    self.limits = limits
  }

  /// The number of waiting commands.
  var waiting: Int { hosts.values.reduce(0) { $0 + $1.waiting.count } }

  /// - Parameter isKnown: whether the host is known to answer.
  mutating func enter(_ ticket: Ticket, host name: String, isKnown: Bool) -> Entry {
    var host = hosts[name] ?? Host(isKnown: isKnown)
    host.isKnown = isKnown
    if host.waiting.isEmpty, hasRoom(for: host) {
      hosts[name] = host
      start(ticket, name)
      return .run
    }
    guard host.waiting.count < limits.waitingPerHost else { return .full }
    if host.waiting.isEmpty { turns.append(name) }
    host.waiting.append(ticket)
    hosts[name] = host
    return .wait
  }

  /// A running command has ended.
  ///
  /// - Parameter isKnown: whether the host is known to answer.
  /// - Returns: the waiting commands that run now.
  mutating func leave(_ ticket: Ticket, host name: String, isKnown: Bool) -> [Ticket] {
    running -= 1
    strangers.remove(ticket)
    hosts[name]?.running -= 1
    hosts[name]?.isKnown = isKnown
    forgetIfIdle(name)
    return startNext()
  }

  /// A waiting command leaves the queue. Returns false when it does not wait.
  mutating func giveUp(_ ticket: Ticket, host name: String) -> Bool {
    guard let index = hosts[name]?.waiting.firstIndex(of: ticket) else { return false }
    hosts[name]?.waiting.remove(at: index)
    removeTurnIfIdle(name)
    forgetIfIdle(name)
    return true
  }

  /// Removes and returns all commands that wait for a host.
  mutating func dismiss(host name: String) -> [Ticket] {
    let tickets = hosts[name]?.waiting ?? []
    hosts[name]?.waiting = []
    removeTurnIfIdle(name)
    forgetIfIdle(name)
    return tickets
  }

  // MARK: Places

  private func hasRoom(for host: Host) -> Bool {
    guard running < limits.total else { return false }
    let isFirst = host.running == 0
    if host.isKnown {
      return isFirst || (host.running < limits.perHost && running < limits.total - limits.reserve)
    }
    return host.running < limits.perStranger && strangers.count < limits.total - limits.reserve
      && (isFirst || running < limits.total - limits.reserve)
  }

  private mutating func start(_ ticket: Ticket, _ name: String) {
    running += 1
    hosts[name]?.running += 1
    if hosts[name]?.isKnown == false { strangers.insert(ticket) }
  }

  private mutating func startNext() -> [Ticket] {
    var started: [Ticket] = []
    var index = 0
    while index < turns.count, running < limits.total {
      let name = turns[index]
      guard let host = hosts[name], hasRoom(for: host) else {
        index += 1
        continue
      }
      turns.remove(at: index)
      let ticket = host.waiting[0]
      hosts[name]?.waiting.removeFirst()
      start(ticket, name)
      started.append(ticket)
      if host.waiting.count > 1 { turns.append(name) }
    }
    return started
  }

  private mutating func removeTurnIfIdle(_ name: String) {
    if hosts[name]?.waiting.isEmpty != false { turns.removeAll { $0 == name } }
  }

  private mutating func forgetIfIdle(_ name: String) {
    if let host = hosts[name], host.running == 0, host.waiting.isEmpty { hosts[name] = nil }
  }
}

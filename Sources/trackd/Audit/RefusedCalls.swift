import RPC
import Synchronization
import TrackAccess
import TrackDomain
import TrackServices

/// Counts the calls that were refused, for the audit: those without a right or a credential, and
/// those that would have changed something. What is alike within a minute is one event.
///
/// Each loop counts for itself, without a lock that another one waits for. A stranger can make
/// calls of any kind in any number, and does not fill the audit by that: a loop keeps a bounded
/// number of events a minute, and one peer has a share of them.
final class RefusedCalls: CallObserver {
  /// The most events of a minute on one loop, and those of one peer among them.
  static let limits = (all: 256, peer: 16)
  /// In place of what has no place of its own.
  static let other = "other"

  private let loops: [Counts]
  /// The names of the server's methods.
  private let methods: Set<String>
  /// Whether a resource that is not there may be one that the caller may not know of.
  private let hidesResources: Bool
  private let now: @Sendable () -> Timestamp

  /// Of one loop.
  private final class Counts: Sendable {
    let table = Mutex(Table())
  }

  struct Key: Hashable {
    var peer: String
    var principal: Principal
    var method: String
    var outcome: String
    var reason: String
  }

  /// What a call is known by before its key is made. Who is refused once is often refused again, and
  /// a refused call is to cost less than one that succeeds.
  fileprivate struct Sight: Equatable {
    var peer: String
    var path: String
    var code: StatusCode
    var message: String
    var principal: String?
  }

  struct Table {
    struct Entry {
      var key: Key
      var first: Timestamp
      var count: Int64
    }

    fileprivate(set) var entries: [Entry] = []
    private var places: [Key: Int] = [:]
    private var peers: [String: Int] = [:]
    /// The last call, and its entry.
    fileprivate var last: (sight: Sight, place: Int)?
  }

  /// - Parameters:
  ///   - methods: of the server.
  ///   - loops: how many there are.
  ///   - hidesResources: whether a policy is in force.
  init(
    methods: [MethodDescriptor], loops: Int, hidesResources: Bool,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.methods = Set(methods.map { "\($0.service)/\($0.method)" })
    self.loops = (0..<max(loops, 1)).map { _ in Counts() }
    self.hidesResources = hidesResources
    self.now = now
  }

  func callEnded(_ summary: CallSummary) {
    guard summary.code != .ok, counts(summary) else { return }
    let caller = summary.storage[CallerKey.self]
    let sight = Sight(
      peer: summary.peer, path: summary.path, code: summary.code, message: summary.message,
      principal: caller?.principal)
    loops[summary.executor.index % loops.count].table.withLock { table in
      if let last = table.last, last.sight == sight { return table.count(last.place) }
      let place = table.add(key(of: summary, caller), at: now())
      table.last = (sight, place)
    }
  }

  private func key(of summary: CallSummary, _ caller: Caller?) -> Key {
    let path = String(summary.path.drop { $0 == "/" })
    let method =
      summary.method.map { "\($0.service)/\($0.method)" }
      ?? (methods.contains(path) ? path : Self.other)
    let info = summary.details.lazy.compactMap { try? $0.unpacked(as: ErrorInfo.self) }.first
    return Key(
      peer: Self.host(summary.peer),
      principal: Principal(name: caller?.principal ?? "", isVerified: caller != nil),
      method: method, outcome: summary.code.description, reason: info?.reason ?? "")
  }

  private func counts(_ summary: CallSummary) -> Bool {
    switch summary.code {
    case .permissionDenied, .unauthenticated: true
    case .notFound where hidesResources: true
    // How the server is, and not what the caller may.
    case .cancelled, .deadlineExceeded, .unavailable, .unknown, .internal, .resourceExhausted,
      .unimplemented:
      false
    default: summary.storage[MutationKey.self] ?? false
    }
  }

  /// The address without its port: a peer has many of these.
  static func host(_ peer: String) -> String {
    guard peer.hasPrefix("ipv4:") || peer.hasPrefix("ipv6:"),
      let colon = peer.lastIndex(of: ":")
    else { return peer }
    return String(peer[..<colon])
  }

  /// What was counted since this was asked last, as events; the earliest first. Any thread.
  func take() -> [AuditEvent] {
    var all: [Key: (first: Timestamp, count: Int64)] = [:]
    for loop in loops {
      let table = loop.table.withLock { table in
        defer { table = Table() }
        return table
      }
      for entry in table.entries {
        let before = all[entry.key] ?? (entry.first, 0)
        all[entry.key] = (min(before.first, entry.first), before.count + entry.count)
      }
    }
    return all.map { key, value in
      AuditEvent(
        at: value.first, count: value.count, principal: key.principal, peer: key.peer,
        method: key.method, subject: AuditSubject(reason: key.reason), outcome: key.outcome)
    }.sorted { ($0.at, $0.method, $0.peer) < ($1.at, $1.method, $1.peer) }
  }
}

extension RefusedCalls.Table {
  /// Counts a call of a kind; what has no place of its own is counted with the rest of its peer, or
  /// of all.
  ///
  /// - Returns: the place of its entry.
  @discardableResult
  mutating func add(_ key: RefusedCalls.Key, at time: Timestamp) -> Int {
    var key = key
    if places[key] == nil, peers[key.peer, default: 0] >= RefusedCalls.limits.peer {
      key = .rest(of: key.peer)
    }
    if places[key] == nil, entries.count >= RefusedCalls.limits.all {
      key = .rest(of: RefusedCalls.other)
    }
    if let place = places[key] {
      count(place)
      return place
    }
    peers[key.peer, default: 0] += 1
    places[key] = entries.count
    entries.append(Entry(key: key, first: time, count: 1))
    return entries.count - 1
  }

  mutating func count(_ place: Int) { entries[place].count += 1 }
}

extension RefusedCalls.Key {
  fileprivate static func rest(of peer: String) -> RefusedCalls.Key {
    RefusedCalls.Key(
      peer: peer, principal: Principal(name: "", isVerified: false), method: RefusedCalls.other,
      outcome: RefusedCalls.other, reason: "")
  }
}

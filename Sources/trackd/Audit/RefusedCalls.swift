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

  struct Table {
    var counts: [Key: (first: Timestamp, count: Int64)] = [:]
    var peers: [String: Int] = [:]
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
    let path = String(summary.path.drop { $0 == "/" })
    let method =
      summary.method.map { "\($0.service)/\($0.method)" }
      ?? (methods.contains(path) ? path : Self.other)
    let caller = summary.storage[CallerKey.self]
    let key = Key(
      peer: Self.host(summary.peer),
      principal: Principal(name: caller?.principal ?? "", isVerified: caller != nil),
      method: method, outcome: summary.code.description,
      reason: summary.details.lazy.compactMap { try? $0.unpacked(as: ErrorInfo.self) }.first?.reason
        ?? "")
    let time = now()
    loops[summary.executor.index % loops.count].table.withLock { $0.add(key, at: time) }
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
      for (key, value) in table.counts {
        let before = all[key]
        all[key] = (min(before?.first ?? value.first, value.first), value.count + (before?.count ?? 0))
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
  mutating func add(_ key: RefusedCalls.Key, at time: Timestamp) {
    var key = key
    if counts[key] == nil {
      // What has no place of its own is counted with the rest of its peer, or of all.
      if peers[key.peer, default: 0] >= RefusedCalls.limits.peer {
        key = .rest(of: key.peer)
      }
      if counts[key] == nil, counts.count >= RefusedCalls.limits.all {
        key = .rest(of: RefusedCalls.other)
      }
      if counts[key] == nil { peers[key.peer, default: 0] += 1 }
    }
    let before = counts[key]
    counts[key] = (before?.first ?? time, (before?.count ?? 0) + 1)
  }
}

extension RefusedCalls.Key {
  fileprivate static func rest(of peer: String) -> RefusedCalls.Key {
    RefusedCalls.Key(
      peer: peer, principal: Principal(name: "", isVerified: false), method: RefusedCalls.other,
      outcome: RefusedCalls.other, reason: "")
  }
}

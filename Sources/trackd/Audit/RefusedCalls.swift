import RPC
import Synchronization
import TrackAccess
import TrackDomain
import TrackServices

/// Counts the calls that were refused, for the audit: those without a right or a credential, and
/// those that would have changed something. What is alike within a minute is one event.
///
/// Each loop counts for itself, without a lock that another one waits for. A stranger can make
/// calls of any kind in any number, and does not fill the audit by that: there is a bounded number
/// of events a minute, of which one caller at one address has a share, and half of which are for
/// callers who are known.
final class RefusedCalls: CallObserver {
  /// The most events of a minute; those of callers who are not known among them, and those of one
  /// caller at one address.
  static let limits = (all: 256, strangers: 128, caller: 16)
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
    var principal: Principal
  }

  struct Table {
    struct Entry {
      var key: Key
      var first: Timestamp
      var count: Int64
      /// Those among them that had no place of their own.
      var unnamed: Int64 = 0
    }

    fileprivate(set) var entries: [Entry] = []
    private var places: [Key: Int] = [:]
    /// How many entries a caller at an address has.
    private var shares: [Share: Int] = [:]
    private var strangers = 0

    private struct Share: Hashable {
      var peer: String
      var principal: Principal

      init(_ key: Key) {
        peer = key.peer
        principal = key.principal
      }
    }
    /// The last call, its entry, and whether that is its own.
    fileprivate var last: (sight: Sight, place: Int, isNamed: Bool)?
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
    let sight = Sight(
      peer: summary.peer, path: summary.path, code: summary.code, message: summary.message,
      principal: summary.storage.claimedActor)
    loops[summary.executor.index % loops.count].table.withLock { table in
      if let last = table.last, last.sight == sight {
        return table.count(last.place, isNamed: last.isNamed)
      }
      let (place, isNamed) = table.add(key(of: summary), at: now())
      table.last = (sight, place, isNamed)
    }
  }

  private func key(of summary: CallSummary) -> Key {
    let path = String(summary.path.drop { $0 == "/" })
    let method =
      summary.method.map { "\($0.service)/\($0.method)" }
      ?? (methods.contains(path) ? path : Self.other)
    let info = Self.info(summary)
    return Key(
      peer: Self.host(summary.peer), principal: summary.storage.claimedActor, method: method,
      outcome: summary.code.description, reason: info?.reason ?? "")
  }

  private func counts(_ summary: CallSummary) -> Bool {
    switch summary.code {
    case .permissionDenied, .unauthenticated: true
    case .notFound where hidesResources: true
    // How the server is, and not what the caller may.
    case .cancelled, .deadlineExceeded, .unavailable, .unknown, .internal, .unimplemented: false
    case .resourceExhausted where Self.info(summary)?.reason != Self.quota: false
    default: summary.storage[MutationKey.self] ?? false
    }
  }

  /// Of those who have as many tracks as they may.
  private static let quota = ErrorReason.trackLimitReached.rawValue

  private static func info(_ summary: CallSummary) -> ErrorInfo? {
    summary.details.lazy.compactMap { try? $0.unpacked(as: ErrorInfo.self) }.first
  }

  /// The address without its port, of IPv6 the network of 64 bits: a peer has many of the rest.
  static func host(_ peer: String) -> String {
    guard peer.hasPrefix("ipv4:") || peer.hasPrefix("ipv6:"),
      let colon = peer.lastIndex(of: ":")
    else { return peer }
    let host = peer[..<colon]
    guard host.hasPrefix("ipv6:["), host.hasSuffix("]"),
      let network = IPAddress(host.dropFirst(6).dropLast())?.network64
    else { return String(host) }
    return "ipv6:[\(network)]/64"
  }

  /// Calls of one event.
  struct Taken {
    var event: AuditEvent
    /// Those among them that the event does not name: there was no room for one of their own.
    var unnamed: Int64
  }

  /// What was counted since this was asked last, as events; the earliest first. Any thread.
  func take() -> [Taken] {
    // The limits hold for all loops together.
    var all = Table()
    for loop in loops {
      let table = loop.table.withLock { table in
        defer { table = Table() }
        return table
      }
      for entry in table.entries { all.add(entry) }
    }
    return all.entries.map { entry in
      let event = AuditEvent(
        at: entry.first, count: entry.count, principal: entry.key.principal, peer: entry.key.peer,
        method: entry.key.method, subject: AuditSubject(reason: entry.key.reason),
        outcome: entry.key.outcome)
      return Taken(event: event, unnamed: entry.unnamed)
    }.sorted {
      ($0.event.at, $0.event.method, $0.event.peer) < ($1.event.at, $1.event.method, $1.event.peer)
    }
  }
}

extension RefusedCalls.Table {
  /// Counts a call of a kind; what has no place of its own is counted with the rest of its caller,
  /// or of all.
  ///
  /// - Returns: the place of its entry, and whether that is its own.
  @discardableResult
  mutating func add(_ key: RefusedCalls.Key, at time: Timestamp) -> (place: Int, isNamed: Bool) {
    add(Entry(key: key, first: time, count: 1))
  }

  /// The same with the calls of another table's entry.
  @discardableResult
  mutating func add(_ other: Entry) -> (place: Int, isNamed: Bool) {
    let place = places[other.key] ?? room(for: other.key, at: other.first)
    let isNamed = entries[place].key == other.key
    entries[place].count += other.count
    entries[place].unnamed += isNamed ? other.unnamed : other.count
    entries[place].first = min(entries[place].first, other.first)
    return (place, isNamed)
  }

  /// The place of a kind that has none.
  private mutating func room(for key: RefusedCalls.Key, at time: Timestamp) -> Int {
    var key = key
    if shares[Share(key), default: 0] >= RefusedCalls.limits.caller { key = key.ofRest }
    let isFull =
      entries.count >= RefusedCalls.limits.all
      || !key.principal.isVerified && strangers >= RefusedCalls.limits.strangers
    if places[key] == nil, isFull { key = .ofAll }
    if let place = places[key] { return place }
    shares[Share(key), default: 0] += 1
    if !key.principal.isVerified { strangers += 1 }
    places[key] = entries.count
    entries.append(Entry(key: key, first: time, count: 0))
    return entries.count - 1
  }

  mutating func count(_ place: Int, isNamed: Bool) {
    entries[place].count += 1
    if !isNamed { entries[place].unnamed += 1 }
  }
}

extension RefusedCalls.Key {
  /// With the rest of its caller.
  fileprivate var ofRest: RefusedCalls.Key {
    var rest = self
    rest.method = RefusedCalls.other
    rest.reason = ""
    rest.principal.onBehalfOf = ""
    return rest
  }

  /// With the rest of all.
  fileprivate static let ofAll = RefusedCalls.Key(
    peer: RefusedCalls.other, principal: Principal(name: "", isVerified: false),
    method: RefusedCalls.other, outcome: RefusedCalls.other, reason: "")
}

extension IPAddress {
  /// The first 64 bits of an address of IPv6; nil for one of IPv4.
  fileprivate var network64: IPAddress? {
    if case .v6(let high, _) = self { .v6(high: high, low: 0) } else { nil }
  }
}

import RPC
import Synchronization

/// The health of a server and its services; any thread.
///
/// Read on every event loop, written from anywhere, and neither may wait: so it is a list that only
/// grows, with a status in each entry that is replaced in one atomic step. Names are few and never
/// leave, which is what makes the list enough. (An actor would make `set` asynchronous, and a
/// server that drains could not be sure that probes see it first.)
public final class HealthRegistry: Sendable {
  /// The name that stands for the server as a whole.
  public static let wholeServer = ""

  private final class Entry: Sendable {
    let service: String
    let status: Atomic<UInt8>

    init(_ service: String, _ status: HealthStatus) {
      self.service = service
      self.status = Atomic(status.rawValue)
    }
  }

  private let entries = GrowingList<Entry>()
  /// The server as a whole, which probes ask for most; it stands in the list, too.
  private let whole: Entry
  private let isShutDown = Atomic<Bool>(false)
  private let endsWatches = Atomic<Bool>(false)
  /// Of each executor that has had a Watch call.
  private let watchers = GrowingList<HealthWatchers>()

  /// Knows the whole server and the named services, all with the same status.
  public init(services: [String] = [], status: HealthStatus = .serving) {
    whole = entries.first(
      where: { $0.service == Self.wholeServer }, orAppend: { Entry(Self.wholeServer, status) })
    for service in services { set(status, for: service) }
  }

  /// Sets a service's status; one that was not known is from now on. Without effect after
  /// `shutDown`.
  public func set(_ status: HealthStatus, for service: String) {
    if isShutDown.load(ordering: .acquiring) { return }
    let entry = entries.first(
      where: { $0.service == service }, orAppend: { Entry(service, status) })
    entry.status.store(status.rawValue, ordering: .releasing)
    tellWatchers()
  }

  /// Sets the status of everything that is known.
  public func setAll(_ status: HealthStatus) {
    entries.forEach { $0.status.store(status.rawValue, ordering: .releasing) }
    tellWatchers()
  }

  /// Sets the status of every service that is known, and leaves that of the server as a whole.
  public func setServices(_ status: HealthStatus) {
    entries.forEach { entry in
      if entry.service != Self.wholeServer {
        entry.status.store(status.rawValue, ordering: .releasing)
      }
    }
    tellWatchers()
  }

  /// Everything is NOT_SERVING from now on, and what is set later is ignored.
  public func shutDown() {
    isShutDown.store(true, ordering: .releasing)
    tellWatchers()
  }

  /// A service's status; nil when it is not known.
  public func status(of service: String) -> HealthStatus? {
    if service.isEmpty { return status(of: whole) }
    var found: HealthStatus?
    entries.forEach { if $0.service == service { found = status(of: $0) } }
    return found
  }

  /// All services with their status, in the order in which they became known.
  public var statuses: [(service: String, status: HealthStatus)] {
    var all: [(service: String, status: HealthStatus)] = []
    entries.forEach { all.append(($0.service, status(of: $0))) }
    return all
  }

  private func status(of entry: Entry) -> HealthStatus {
    if isShutDown.load(ordering: .acquiring) { return .notServing }
    return HealthStatus(rawValue: entry.status.load(ordering: .acquiring)) ?? .notServing
  }

  // MARK: Watch calls

  /// Whether Watch calls end, because their server drains.
  var isEndingWatches: Bool { endsWatches.load(ordering: .acquiring) }

  /// Ends all Watch calls once they have been told, and those to come.
  func endWatches() {
    endsWatches.store(true, ordering: .releasing)
    tellWatchers()
  }

  /// The Watch calls of an executor; on its thread. What is read of the registry after this is told
  /// of when it changes.
  func watchers(on executor: any CallExecutor) -> HealthWatchers {
    let found = watchers.first(where: { $0.executor === executor }) { HealthWatchers(executor) }
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return found
  }

  /// After each change. Either this sees a new executor's watchers, or they see the change.
  private func tellWatchers() {
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    watchers.forEach { watchers in
      watchers.executor.execute { watchers.look(at: self) }
    }
  }
}

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
    /// The address of the next entry, which this one keeps alive; 0 while there is none. An
    /// `AtomicLazyReference` looks its own type up at each load, which costs twenty times as much.
    private let nextAddress = Atomic<UInt>(0)

    init(_ service: String, _ status: HealthStatus) {
      self.service = service
      self.status = Atomic(status.rawValue)
    }

    deinit {
      unsafe Self.reference(nextAddress.load(ordering: .acquiring))?.release()
    }

    var next: Entry? {
      unsafe Self.reference(nextAddress.load(ordering: .acquiring))?.takeUnretainedValue()
    }

    /// Puts an entry behind this one, unless another thread has. Returns the entry that is there
    /// then.
    func setNext(_ entry: Entry) -> Entry {
      let retained = unsafe Unmanaged.passRetained(entry)
      let address = unsafe UInt(bitPattern: retained.toOpaque())
      let (exchanged, original) = nextAddress.compareExchange(
        expected: 0, desired: address, ordering: .acquiringAndReleasing)
      if exchanged { return entry }
      unsafe retained.release()
      return unsafe Self.reference(original)?.takeUnretainedValue() ?? entry
    }

    private static func reference(_ address: UInt) -> Unmanaged<Entry>? {
      unsafe UnsafeRawPointer(bitPattern: address).map { unsafe Unmanaged.fromOpaque($0) }
    }
  }

  private let first: Entry
  private let isShutDown = Atomic<Bool>(false)

  /// Knows the whole server and the named services, all with the same status.
  public init(services: [String] = [], status: HealthStatus = .serving) {
    first = Entry(Self.wholeServer, status)
    for service in services { set(status, for: service) }
  }

  /// Sets a service's status; one that was not known is from now on. Without effect after
  /// `shutDown`.
  public func set(_ status: HealthStatus, for service: String) {
    var entry = first
    while entry.service != service {
      if let next = entry.next {
        entry = next
      } else {
        // Another thread may have appended meanwhile: then its entry is the next to look at.
        entry = entry.setNext(Entry(service, status))
      }
    }
    entry.status.store(status.rawValue, ordering: .releasing)
  }

  /// Sets the status of everything that is known.
  public func setAll(_ status: HealthStatus) {
    forEach { $0.status.store(status.rawValue, ordering: .releasing) }
  }

  /// Everything is NOT_SERVING from now on, whatever is set later.
  public func shutDown() { isShutDown.store(true, ordering: .releasing) }

  /// A service's status; nil when it is not known.
  public func status(of service: String) -> HealthStatus? {
    // What probes ask for most.
    if service.isEmpty { return status(of: first) }
    var found: HealthStatus?
    forEach { if $0.service == service { found = status(of: $0) } }
    return found
  }

  /// All services with their status, in the order in which they became known.
  public var statuses: [(service: String, status: HealthStatus)] {
    var all: [(service: String, status: HealthStatus)] = []
    forEach { all.append(($0.service, status(of: $0))) }
    return all
  }

  private func status(of entry: Entry) -> HealthStatus {
    if isShutDown.load(ordering: .acquiring) { return .notServing }
    return HealthStatus(rawValue: entry.status.load(ordering: .acquiring)) ?? .notServing
  }

  private func forEach(_ body: (Entry) -> Void) {
    var entry: Entry? = first
    while let current = entry {
      body(current)
      entry = current.next
    }
  }
}

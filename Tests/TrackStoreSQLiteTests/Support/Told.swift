import EventLoop

@testable import TrackStoreSQLite

/// The events that a store reported.
///
/// `@unchecked Sendable`: the entries are touched under the lock only.
final class Told: @unchecked Sendable {
  private let lock = Lock()
  private var entries: [StoreEvent] = []

  func add(_ event: StoreEvent) { lock.withLock { entries.append(event) } }

  var all: [StoreEvent] { lock.withLock { entries } }

  var losses: Int {
    all.count { if case .dataLost = $0 { true } else { false } }
  }
}

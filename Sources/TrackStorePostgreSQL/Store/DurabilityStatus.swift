import EventLoop
import TrackDomain
import TrackStoreSQL

/// What the settings of the database's sessions say of durability, and who wants to know. Any thread.
///
/// `@unchecked Sendable`: what is marked so is touched under `lock`, `observers` under `order`.
final class DurabilityStatus: @unchecked Sendable {
  private let lock = Lock()
  // Under the lock. By the number of the writer: sessions may differ while settings change.
  private var sessions: [Int: StoreDurability]
  private var standbyStates: [String]?
  /// Held while observers are called, so that all see the same order.
  private let order = Lock()
  private var observers: [@Sendable (StoreDurability) -> Void] = []
  private var told: StoreDurability

  /// The session that asks now and then, also while nothing is written.
  private static let asking = -1

  init(_ first: StoreDurability) {
    sessions = [Self.asking: first.settings]
    standbyStates = first.standbyStates
    told = first
  }

  /// That of the session which promises least.
  var current: StoreDurability {
    lock.withLock {
      let least = sessions.sorted { $0.key < $1.key }.map(\.value)
        .min { $0.level < $1.level }
      var found = least ?? StoreDurability(commit: "", standbyNames: "")
      found.standbyStates = standbyStates
      return found
    }
  }

  func note(_ durability: StoreDurability, of writer: Int) {
    let isNew = lock.withLock {
      if sessions[writer] == durability { return false }
      sessions[Self.asking] = nil
      sessions[writer] = durability
      return true
    }
    if isNew { tell() }
  }

  /// Notes what was asked for. It stands for all writers until they begin again: those that do not
  /// write learn nothing of new settings.
  func note(_ found: StoreDurability) {
    let isNew = lock.withLock {
      if standbyStates == found.standbyStates, sessions.allSatisfy({ $0.value == found.settings }) {
        return false
      }
      sessions = [Self.asking: found.settings]
      standbyStates = found.standbyStates
      return true
    }
    if isNew { tell() }
  }

  func observe(_ body: @escaping @Sendable (StoreDurability) -> Void) {
    order.withLock {
      observers.append(body)
      body(current)
    }
  }

  private func tell() {
    order.withLock {
      let now = current
      if now == told { return }
      told = now
      for observer in observers { observer(now) }
    }
  }

  // MARK: Asking

  static let settings =
    "current_setting('synchronous_commit'), current_setting('synchronous_standby_names')"

  private static let session = Query { _ in "SELECT \(settings)" }
  private static let standbys = Query { _ in
    "SELECT state IS NULL, sync_state FROM pg_stat_replication WHERE state = 'streaming' "
      + "OR state IS NULL ORDER BY sync_state"
  }

  /// What a session says; waits.
  static func ask(_ source: any StatementSource) throws(StoreError) -> StoreDurability {
    let row = try source.prepared(session)
    defer { row.reset() }
    guard try row.step() else { throw StoreError(.failed, "there are no settings") }
    return StoreDurability(
      commit: row.text(0), standbyNames: row.text(1), standbyStates: try standbyStates(source))
  }

  /// Nil where the role may not see them.
  private static func standbyStates(_ source: any StatementSource) throws(StoreError) -> [String]? {
    let row = try source.prepared(standbys)
    defer { row.reset() }
    var states: [String] = []
    while try row.step() {
      if row.bool(0) { return nil }
      states.append(row.text(1))
    }
    return states
  }
}

extension StoreDurability {
  /// Without what follows the primary.
  fileprivate var settings: StoreDurability {
    StoreDurability(commit: commit, standbyNames: standbyNames)
  }
}

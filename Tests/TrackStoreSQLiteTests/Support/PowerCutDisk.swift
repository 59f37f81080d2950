import CPowerCutVFS
import Synchronization

@testable import TrackStoreSQLite

/// A disk in memory whose power can be cut. Files on it are closed before it is released.
///
/// `@unchecked Sendable`: the disk has a lock of its own, and the pointer never changes.
@safe final class PowerCutDisk: @unchecked Sendable {
  private static let counter = Atomic<Int>(0)

  private let disk: OpaquePointer
  /// The name of the virtual file system.
  let name: String

  convenience init() throws {
    // Registering a file system starts SQLite.
    try Connection.configure()
    let name = PowerCutDisk.nextName()
    unsafe self.init(owning: powercut_create(name), name)
  }

  private init(owning disk: OpaquePointer?, _ name: String) {
    guard let disk = unsafe disk else { preconditionFailure("out of memory") }
    unsafe self.disk = disk
    self.name = name
  }

  deinit {
    unsafe powercut_destroy(disk)
  }

  private static func nextName() -> String {
    "powercut-\(counter.wrappingAdd(1, ordering: .relaxed).newValue)"
  }

  /// The length of the disk's log: writes, truncations, syncs, creations, deletions.
  var changes: UInt64 { unsafe powercut_changes(disk) }
  /// The number of calls of any kind.
  var calls: UInt64 { unsafe powercut_calls(disk) }

  /// The size of a file in bytes; -1 if it does not exist.
  func size(of path: String) -> Int64 { unsafe powercut_size(disk, path) }

  /// The part of unsynced writes that survives a power cut.
  enum Rest: CaseIterable {
    case nothing
    case prefix
    case subset
  }

  /// The disk as it is after a power cut that follows this many changes.
  func cut(after changes: UInt64, leaving rest: Rest, seed: UInt64) -> PowerCutDisk {
    let name = PowerCutDisk.nextName()
    let value =
      switch rest {
      case .nothing: POWERCUT_NOTHING
      case .prefix: POWERCUT_PREFIX
      case .subset: POWERCUT_SUBSET
      }
    return unsafe PowerCutDisk(owning: powercut_cut(disk, changes, value, seed, name), name)
  }

  enum Fault {
    case ioError
    case full
    /// As a full disk, but SQLite reports it differently.
    case quota
  }

  /// Lets a call fail after `calls` others of those that the fault concerns; `lasting`: all later
  /// ones, too.
  func fail(_ fault: Fault, afterCalls calls: UInt64, lasting: Bool = false) {
    let value =
      switch fault {
      case .ioError: POWERCUT_IO_ERROR
      case .full: POWERCUT_DISK_FULL
      case .quota: POWERCUT_QUOTA
      }
    unsafe powercut_fail(disk, value, calls, lasting ? 1 : 0)
  }

  /// Ends the fault. Returns whether a call failed.
  @discardableResult
  func heal() -> Bool { unsafe powercut_heal(disk) != 0 }

  /// Holds the next sync of `store` until `release`: the sync of the next commit, not of a
  /// checkpoint that may follow an answered one.
  func holdSync(of store: SQLiteTrackStore) async {
    _ = await store.effort()
    unsafe powercut_hold_sync(disk)
  }

  /// Blocks until a sync stops.
  func awaitHold() { unsafe powercut_await_hold(disk) }
  func release() { unsafe powercut_release(disk) }
}

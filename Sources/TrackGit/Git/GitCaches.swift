import EventLoop
import TrackDomain

/// All copies of repositories, and their total size. There is one `GitCache` for each name, which
/// all callers share. Thread-safe; touches no file.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only.
final class GitCaches: @unchecked Sendable {
  private let lock = Lock()
  private var caches: [String: GitCache] = [:]
  private var ledger = CacheLedger()

  /// The copy of that name; all callers share it.
  func cache(_ name: String, of git: Git) -> GitCache {
    lock.withLock {
      let cache = caches[name] ?? GitCache(git, name: name)
      caches[name] = cache
      return cache
    }
  }

  /// Forgets copies that no longer exist, unless a caller holds them.
  func forgetGone() {
    lock.withLock {
      for name in Array(caches.keys) where ledger.lastUse(name) == nil {
        // Callers get copies under this lock, so none can get this one now.
        if isKnownUniquelyReferenced(&caches[name]) { caches[name] = nil }
      }
    }
  }

  /// The number of copies in memory.
  var count: Int { lock.withLock { caches.count } }

  // MARK: Room

  /// In bytes.
  var total: Int64 { lock.withLock { ledger.total } }

  /// All copies on the disk, the least recently used one first.
  var names: [String] { lock.withLock { ledger.names } }

  /// Records a use; by default now, in microseconds since 1970.
  func used(_ name: String, at time: Int64 = WallClock.nowMicroseconds()) {
    lock.withLock { ledger.used(name, at: time) }
  }

  func measured(_ name: String, bytes: Int64) {
    lock.withLock { ledger.measured(name, bytes: bytes) }
  }

  /// Whether the copy is on the disk and its size is unknown.
  func isUnmeasured(_ name: String) -> Bool { lock.withLock { ledger.isUnmeasured(name) } }
}

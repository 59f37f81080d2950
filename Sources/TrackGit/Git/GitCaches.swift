import EventLoop
import TrackDomain

/// The copies of repositories that trackd keeps: one `GitCache` for each name, for all who ask, and
/// how much room they take in all. Thread-safe; touches no file.
///
/// `@unchecked Sendable`: the stored state is touched under the lock only.
final class GitCaches: @unchecked Sendable {
  private let lock = Lock()
  private var caches: [String: GitCache] = [:]
  private var ledger = CacheLedger()

  /// The copy of a name, the same one for all who ask.
  func cache(_ name: String, of git: Git) -> GitCache {
    lock.withLock {
      let cache = caches[name] ?? GitCache(git, name: name)
      caches[name] = cache
      return cache
    }
  }

  /// Forgets the copies that are gone, but for those that somebody has in hand.
  func forgetGone() {
    lock.withLock {
      for name in Array(caches.keys) where ledger.lastUse(name) == nil {
        // Whoever gets one gets it under the lock.
        if isKnownUniquelyReferenced(&caches[name]) { caches[name] = nil }
      }
    }
  }

  /// How many copies there are in memory.
  var count: Int { lock.withLock { caches.count } }

  // MARK: Room

  /// In bytes.
  var total: Int64 { lock.withLock { ledger.total } }

  /// All that are on the disk, the one that was used least recently first.
  var names: [String] { lock.withLock { ledger.names } }

  /// Notes that a copy was used; by default now, in microseconds since 1970.
  func used(_ name: String, at time: Int64 = WallClock.nowMicroseconds()) {
    lock.withLock { ledger.used(name, at: time) }
  }

  func measured(_ name: String, bytes: Int64) {
    lock.withLock { ledger.measured(name, bytes: bytes) }
  }

  /// Whether a copy is on the disk, and nobody knows how large it is.
  func isUnmeasured(_ name: String) -> Bool { lock.withLock { ledger.isUnmeasured(name) } }
}

import EventLoop
import TrackDomain

extension Git {
  /// Entries of the cache directory that are not copies of repositories.
  private static let noCopies: Set<String> = ["home", "workshops"]

  /// The copy of that name; all callers share it.
  func cache(_ name: String) -> GitCache { caches.cache(name, of: self) }

  /// The copy of that name, for objects of one format.
  func cache(_ name: String, _ format: GitObjectFormat) -> GitCache {
    cache(format == .sha1 ? name : "\(name)-\(format.rawValue)")
  }

  /// Called after a turn in a copy: measures its size, and removes other copies if all of them
  /// together take too much.
  func settle(_ cache: GitCache) async {
    // A task that is in the copy now does this after its own turn.
    _ = await cache.gate.withTurnIfFree { await cache.measure() }
    await makeRoom()
  }

  /// Checks all copies on the disk: removes expired ones, and then as many as are too much. Called
  /// at the start and from time to time.
  public func reapCaches() async {
    let directory = cacheDirectory
    let found = try? await onDisk { files in
      files.names(in: directory).filter { !Self.noCopies.contains($0) }.map { name in
        (name, files.changeSeconds(GitCache.mark(in: "\(directory)/\(name)")) ?? 0)
      }
    }
    let oldest =
      WallClock.nowMicroseconds() / 1_000_000 - settings.cacheRetention.components.seconds
    for (name, seconds) in found ?? [] {
      let cache = cache(name)
      caches.used(name, at: Timestamp(seconds: seconds, nanoseconds: 0)?.microseconds ?? 0)
      _ = await cache.gate.withTurnIfFree {
        if seconds < oldest { await cache.remove() } else { await cache.measure() }
      }
    }
    // An operator may have removed some.
    let there = Set((found ?? []).map(\.0))
    for name in caches.names where found != nil && !there.contains(name) {
      let cache = cache(name)
      _ = await cache.gate.withTurnIfFree { await cache.measure(anew: true) }
    }
    await makeRoom()
    caches.forgetGone()
  }

  /// Removes the least recently used copies until the rest fits. A copy that is in use stays.
  private func makeRoom() async {
    guard caches.total > settings.cacheBytes else { return }
    for name in caches.names {
      let cache = cache(name)
      _ = await cache.gate.withTurnIfFree { await cache.remove() }
      if caches.total <= settings.cacheBytes { break }
    }
    caches.forgetGone()
  }
}

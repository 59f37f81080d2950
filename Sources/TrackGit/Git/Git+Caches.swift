import EventLoop
import TrackDomain

extension Git {
  /// What else there is beside copies of repositories.
  private static let noCopies: Set<String> = ["home", "workshops"]

  /// The copy of a name, the same one for all who ask.
  func cache(_ name: String) -> GitCache { caches.cache(name, of: self) }

  /// The copy of a name that has objects of a format.
  func cache(_ name: String, _ format: GitObjectFormat) -> GitCache {
    cache(format == .sha1 ? name : "\(name)-\(format.rawValue)")
  }

  /// To be called after the turn of a copy: notes how much room it takes, and makes room if the
  /// copies take too much in all.
  func settle(_ cache: GitCache) async {
    // Whoever is in it now does this after its own turn.
    _ = await cache.gate.withTurnIfFree { await cache.measure() }
    await makeRoom()
  }

  /// Looks at all copies on the disk: removes those that were not used for as long as the settings
  /// say, and those that are too much. To be called at the start, and now and then.
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
    // Somebody may have removed some.
    let there = Set((found ?? []).map(\.0))
    for name in caches.names where found != nil && !there.contains(name) {
      let cache = cache(name)
      _ = await cache.gate.withTurnIfFree { await cache.measure(anew: true) }
    }
    await makeRoom()
    caches.forgetGone()
  }

  /// Removes the copies that were used least recently until the rest is no more than allowed. One
  /// that is in use stays.
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

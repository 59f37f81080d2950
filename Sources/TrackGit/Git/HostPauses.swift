import EventLoop

/// What is known of hosts, and of single repositories, that do not answer: they are left alone with
/// growing pauses, and asked by one at a time until they answer. Pure; the caller has the clock.
struct HostPauses {
  struct Limits: Sendable, Hashable {
    /// How long the first pause is; each further one is twice as long.
    var first = Duration.seconds(2)
    var longest = Duration.seconds(300)
    /// How long one that asks whether it answers again may take to tell.
    var probe = Duration.seconds(120)
    /// How many are remembered; the ones that were not asked for the longest time are forgotten.
    var remembered = 8192
  }

  enum Admission: Hashable {
    case go
    /// Nobody asks it now; how long until somebody may.
    case pause(Duration)
  }

  private struct Entry {
    /// How often in a row it did not answer.
    var silences = 0
    var pausedUntil: MonotonicTime?
    /// Since when somebody asks whether it answers again.
    var probingSince: MonotonicTime?
    var answeredAt: MonotonicTime?
  }

  private let limits: Limits
  private var entries: LRUCache<String, Entry>

  init(_ limits: Limits = Limits()) {
    self.limits = limits
    entries = LRUCache(capacity: limits.remembered)
  }

  /// Whether it answered when it was asked last.
  mutating func isKnown(_ name: String) -> Bool {
    guard let entry = entries.value(name) else { return false }
    return entry.silences == 0 && entry.answeredAt != nil
  }

  /// Whether it did not answer when it was asked last.
  mutating func isSilent(_ name: String) -> Bool { (entries.value(name)?.silences ?? 0) > 0 }

  /// Whether somebody may ask it now. One who may has to tell how it went.
  mutating func ask(_ name: String, at now: MonotonicTime) -> Admission {
    guard var entry = entries.value(name), entry.silences > 0 else { return .go }
    if let until = entry.pausedUntil, now < until { return .pause(until - now) }
    if let since = entry.probingSince, now < since + limits.probe { return .pause(limits.first) }
    entry.probingSince = now
    entries.set(name, entry)
    return .go
  }

  /// It said something, whatever that is.
  mutating func answered(_ name: String, at now: MonotonicTime) {
    entries.set(name, Entry(answeredAt: now))
  }

  /// It said nothing to one who asked at `start`. That counts once for all who asked at the same
  /// time, and not at all if it answered somebody else meanwhile.
  ///
  /// - Returns: the pause that begins now; nil when this did not count.
  mutating func silent(
    _ name: String, since start: MonotonicTime, at now: MonotonicTime
  ) -> Duration? {
    var entry = entries.value(name) ?? Entry()
    if let answeredAt = entry.answeredAt, answeredAt >= start { return nil }
    if let until = entry.pausedUntil, start < until { return nil }
    entry.silences += 1
    let pause = pause(after: entry.silences)
    entry.pausedUntil = now + pause
    entry.probingSince = nil
    entries.set(name, entry)
    return pause
  }

  /// One who asked at `time` does not know whether it answers.
  mutating func gaveUp(_ name: String, askedAt time: MonotonicTime) {
    guard var entry = entries.value(name), entry.probingSince == time else { return }
    entry.probingSince = nil
    entries.set(name, entry)
  }

  private func pause(after silences: Int) -> Duration {
    var pause = limits.first
    for _ in 1..<max(1, silences) {
      pause *= 2
      if pause >= limits.longest { return limits.longest }
    }
    return min(pause, limits.longest)
  }
}

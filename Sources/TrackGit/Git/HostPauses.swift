import EventLoop

/// The hosts, and single repositories, that do not answer. Each gets growing pauses; after a pause
/// one command asks it, until it answers. Pure; the caller has the clock.
struct HostPauses {
  struct Limits: Sendable, Hashable {
    /// The first pause; each further one is twice as long.
    var first = Duration.seconds(2)
    var longest = Duration.seconds(300)
    /// The longest time for the command that tests whether a host answers again.
    var probe = Duration.seconds(120)
    /// The most entries; the least recently used ones are forgotten.
    var remembered = 8192
  }

  enum Admission: Hashable {
    case go
    /// No command may ask it now; how long until one may.
    case pause(Duration)
  }

  private struct Entry {
    /// How often in a row it did not answer.
    var silences = 0
    var pausedUntil: MonotonicTime?
    /// Since when a command tests whether it answers again.
    var probingSince: MonotonicTime?
    var answeredAt: MonotonicTime?
  }

  private let limits: Limits
  private var entries: LRUCache<String, Entry>

  init(_ limits: Limits = Limits()) {
    self.limits = limits
    entries = LRUCache(capacity: limits.remembered)
  }

  /// Whether it answered the last command.
  mutating func isKnown(_ name: String) -> Bool {
    guard let entry = entries.value(name) else { return false }
    return entry.silences == 0 && entry.answeredAt != nil
  }

  /// Whether it did not answer the last command.
  mutating func isSilent(_ name: String) -> Bool { (entries.value(name)?.silences ?? 0) > 0 }

  /// Whether a command may ask it now. A permitted command has to report its end.
  mutating func ask(_ name: String, at now: MonotonicTime) -> Admission {
    guard var entry = entries.value(name), entry.silences > 0 else { return .go }
    if let until = entry.pausedUntil, now < until { return .pause(until - now) }
    if let since = entry.probingSince, now < since + limits.probe { return .pause(limits.first) }
    entry.probingSince = now
    entries.set(name, entry)
    return .go
  }

  /// It answered, whatever the answer was.
  mutating func answered(_ name: String, at now: MonotonicTime) {
    entries.set(name, Entry(answeredAt: now))
  }

  /// It did not answer a command that began at `start`. Several commands of the same time count
  /// once, and none counts after an answer to another command.
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

  /// A command that began at `time` ended without knowing whether it answers.
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

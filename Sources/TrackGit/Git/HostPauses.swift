import EventLoop

/// Hosts and single repositories, by name, with the pauses of those that do not answer. The pauses
/// grow; after each pause one command at a time tests whether the host answers again. Pure: callers
/// pass the time.
struct HostPauses {
  struct Limits: Sendable, Hashable {
    /// The first pause; each further one is twice as long, up to `longest`.
    var first = Duration.seconds(2)
    var longest = Duration.seconds(300)
    /// After this time a test without a result no longer keeps other commands from testing.
    var probe = Duration.seconds(120)
    /// The most names; the least recently used ones are forgotten.
    var remembered = 8192
  }

  enum Admission: Hashable {
    case go
    /// No command may ask now; the next may try after this time.
    case pause(Duration)
  }

  private struct Entry {
    /// How often in a row there was no answer.
    var silences = 0
    var pausedUntil: MonotonicTime?
    /// When the command began to ask that tests for an answer; nil when none does.
    var probingSince: MonotonicTime?
    var answeredAt: MonotonicTime?
  }

  private let limits: Limits
  private var entries: LRUCache<String, Entry>

  init(_ limits: Limits = Limits()) {
    self.limits = limits
    entries = LRUCache(capacity: limits.remembered)
  }

  /// Whether the last command with a result was answered.
  mutating func isKnown(_ name: String) -> Bool {
    guard let entry = entries.value(name) else { return false }
    return entry.silences == 0 && entry.answeredAt != nil
  }

  /// Whether the last command with a result was not answered.
  mutating func isSilent(_ name: String) -> Bool { (entries.value(name)?.silences ?? 0) > 0 }

  /// Whether a command may ask now. A permitted command has to report its end: by `answered`,
  /// `silent` or `gaveUp`.
  mutating func ask(_ name: String, at now: MonotonicTime) -> Admission {
    guard var entry = entries.value(name), entry.silences > 0 else { return .go }
    if let until = entry.pausedUntil, now < until { return .pause(until - now) }
    if let since = entry.probingSince, now < since + limits.probe { return .pause(limits.first) }
    entry.probingSince = now
    entries.set(name, entry)
    return .go
  }

  /// The host answered a command, with success or an error.
  mutating func answered(_ name: String, at now: MonotonicTime) {
    entries.set(name, Entry(answeredAt: now))
  }

  /// The host did not answer a command that began at `start`. Does not count if it answered another
  /// command since `start`, or a pause has begun since: commands that fail together count once.
  ///
  /// - Returns: the pause that begins now; nil when this does not count.
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

  /// The command that asked at `time` ended without a result.
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

import TrackDomain

/// Which lanes are worked on, and which are left alone because nobody answered there.
///
/// Pure; times come from the caller. A lane does one batch at a time.
struct LaneTable {
  /// What a batch came to, as far as it tells of the other side.
  enum End: Sendable, Equatable {
    /// Somebody answered, whatever it was.
    case answered
    /// Nobody did, at that time; the other side may have said for how long it wants to be left
    /// alone.
    case silent(Duration?, at: Timestamp)
    /// There was nothing to do, though there seemed to be.
    case idle
  }

  enum Admission: Equatable {
    /// The lane is busy from now on.
    case admitted
    case busy
    /// Left alone until then.
    case paused(Timestamp)
  }

  /// How many lanes are remembered that are not worked on, before those go whose pause is long
  /// over.
  private static let remembered = 1024

  private struct Entry {
    /// Ends in a row without an answer.
    var silences: Int32 = 0
    /// Ends in a row without work.
    var idles = 0
    var pausedUntil = Timestamp.earliest
  }

  private var busy: Set<String> = []
  private var entries: [String: Entry] = [:]

  /// How many lanes are worked on.
  var running: Int { busy.count }

  mutating func admit(_ lane: String, at now: Timestamp) -> Admission {
    if busy.contains(lane) { return .busy }
    if let until = entries[lane]?.pausedUntil, until > now,
      until <= now.after(microseconds: ExecutorOptions.longestPause)
    {
      return .paused(until)
    }
    busy.insert(lane)
    return .admitted
  }

  /// The batch of a lane has ended.
  mutating func leave(_ lane: String, _ end: End, at now: Timestamp) {
    busy.remove(lane)
    var entry = entries[lane] ?? Entry()
    switch end {
    case .answered:
      entries[lane] = nil
      return
    case .silent(let wish, let time):
      entry.silences += 1
      entry.idles = 0
      let pause = max(
        ExecutorOptions.backoff(afterAttempts: entry.silences), wish?.microsecondsInRange ?? 0)
      entry.pausedUntil = time.after(microseconds: min(pause, ExecutorOptions.longestPause))
    case .idle:
      // Once is chance: somebody ended the work meanwhile.
      entry.idles += 1
      if entry.idles > 1 { entry.pausedUntil = now.after(.seconds(1)) }
    }
    entries[lane] = entry
    if entries.count > Self.remembered { forget(at: now) }
  }

  private mutating func forget(at now: Timestamp) {
    let old = now.before(microseconds: 10 * ExecutorOptions.longestPause)
    entries = entries.filter { $0.value.pausedUntil > old || busy.contains($0.key) }
  }
}

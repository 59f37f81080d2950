import TrackDomain

/// The lanes that are worked on, and the lanes that pause because a system did not answer.
///
/// Pure; times come from the caller. A lane does one batch at a time.
struct LaneTable {
  /// The result of a batch for its lane.
  enum End: Sendable, Equatable {
    /// Some system answered, whatever the answer was.
    case answered
    /// No system answered, as of `at`; one may have asked for a pause of this length.
    case silent(Duration?, at: Timestamp)
    /// There was nothing to do, although something seemed to be due.
    case idle
  }

  enum Admission: Equatable {
    /// The lane is busy from now on.
    case admitted
    case busy
    /// No batch may begin before this time.
    case paused(Timestamp)
  }

  /// The most lanes that are remembered; above this, lanes whose pause ended long ago are
  /// forgotten.
  private static let remembered = 1024

  private struct Entry {
    /// Batches in a row without an answer.
    var silences: Int32 = 0
    /// Batches in a row without work.
    var idles = 0
    var pausedUntil = Timestamp.earliest
  }

  private var busy: Set<String> = []
  private var entries: [String: Entry] = [:]

  /// The number of lanes that are worked on.
  var running: Int { busy.count }

  /// Their names.
  var names: Set<String> { busy }

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
      // One batch without work is chance: another executor or a caller may have ended the
      // operations.
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

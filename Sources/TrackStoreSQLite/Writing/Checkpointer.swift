import EventLoop

/// Moves the write-ahead log into the database file often enough to bound the log, and between the
/// groups of the writer, so that no group waits for it while its callers wait for the group.
///
/// A checkpoint waits for no reader. Once all of the log is in the database, and nobody reads from
/// it, the next write starts it anew; loops under steady reading keep a snapshot nearly always, and
/// a state that is being read keeps one for seconds. So a log that has grown long raises a
/// pressure, under which readers keep no snapshot longer than they read.
struct Checkpointer {
  /// From how many frames on the log is moved.
  let usualFrames: Int
  let pressure: LogPressure
  /// Frames that a checkpoint could move, about.
  private(set) var waiting = 0
  /// How often a checkpoint was tried, for tests.
  private(set) var attempts = 0

  init(usualFrames: Int, pressure: LogPressure) {
    self.usualFrames = usualFrames
    self.pressure = pressure
  }

  /// From how many frames on the log is long.
  var mostFrames: Int { 8 * usualFrames }

  /// To be called after each commit.
  ///
  /// - Returns: how many frames the log has, when it has just become long.
  mutating func afterCommit(on connection: Connection) throws(SQLiteError) -> Int? {
    waiting += connection.takeWrittenPages()
    if waiting < usualFrames && !pressure.isHigh { return nil }
    do throws(SQLiteError) {
      attempts += 1
      let result = try connection.checkpoint(.passive)
      waiting = result.logged - result.moved
      guard result.logged >= mostFrames else {
        pressure.lower()
        return nil
      }
      return pressure.raise(now: .now()) ? result.logged : nil
    } catch {
      // Without space the log keeps what the file cannot take; it is tried again later.
      if error.kind == .storage { throw error }
      waiting = 0
      return nil
    }
  }
}

/// Moves the write-ahead log into the database file often enough to bound the log, and between the
/// groups of the writer, so that no group waits for it while its callers wait for the group.
struct Checkpointer {
  /// From how many frames on the log is moved.
  let usualFrames: Int
  /// Frames that a checkpoint could move, about.
  private var waiting = 0

  init(usualFrames: Int) {
    self.usualFrames = usualFrames
  }

  /// From how many frames on readers are waited for, because the log would not start anew otherwise.
  private var mostFrames: Int { 8 * usualFrames }

  /// To be called after each commit.
  mutating func afterCommit(on connection: Connection) throws(SQLiteError) {
    waiting += connection.takeWrittenPages()
    if waiting < usualFrames { return }
    do throws(SQLiteError) {
      var result = try connection.checkpoint(.passive)
      // Loops under steady reading keep a snapshot nearly always, which keeps the log growing even
      // where all of it was moved. They let go of it within milliseconds.
      if result.logged >= mostFrames {
        result = try connection.checkpoint(.restart)
      }
      waiting = result.logged - result.moved
    } catch {
      // Without space the log keeps what the file cannot take; it is tried again later.
      if error.kind == .storage { throw error }
      waiting = 0
    }
  }
}

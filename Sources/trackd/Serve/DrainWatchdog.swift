import EventLoop

/// Ends the process when a drain takes too long: a disk hangs, or a system call does not return.
///
/// Runs on a thread of its own, and uses nothing that may hang.
enum DrainWatchdog {
  /// How long after the grace time the process ends.
  static let extra = Duration.milliseconds(750)

  static func start(after grace: Duration, logger: Logger) {
    let time = UInt32(clamping: Int64((grace + extra) / .microseconds(1)))
    let thread = try? SystemThread(name: "drain-watchdog") {
      SystemThread.sleep(microseconds: time)
      logger.always(.error, "the drain did not come to its end in time: exiting")
      // Gives the log's thread time to write.
      SystemThread.sleep(microseconds: 100_000)
      exit(with: .failure)
    }
    // Without a thread the drain has no time limit.
    if thread == nil { logger.always(.error, "no thread can be started that bounds the drain") }
  }
}

import EventLoop

/// Ends the process when a drain takes longer than it may: a disk that hangs, a call of the system
/// that does not return, or anything else that waits for what does not come.
///
/// On a thread of its own, which needs nothing of what may hang.
enum DrainWatchdog {
  /// How long after the grace time the process ends.
  static let extra = Duration.milliseconds(750)

  static func start(after grace: Duration, logger: Logger) {
    let time = UInt32(clamping: Int64((grace + extra) / .microseconds(1)))
    let thread = try? SystemThread(name: "drain-watchdog") {
      SystemThread.sleep(microseconds: time)
      logger.always(.error, "the drain did not come to its end in time: exiting")
      // For the thread that writes the log, if it can.
      SystemThread.sleep(microseconds: 100_000)
      exit(with: .failure)
    }
    // Without threads the drain goes on as it may.
    if thread == nil { logger.always(.error, "no thread can be started that bounds the drain") }
  }
}

import Glibc

/// The exit status of trackd.
enum ExitStatus: Int32 {
  case success = 0
  /// trackd could not start, or its store failed.
  case failure = 1
  /// The command line or the environment is wrong.
  case usage = 2
}

/// Ends the process at once, without waiting for running work.
func exit(with status: ExitStatus) -> Never {
  // Not `exit`: its handlers would run while threads still work.
  _exit(status.rawValue)
}

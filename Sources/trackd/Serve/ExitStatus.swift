import Glibc

/// What a process of trackd tells who started it.
enum ExitStatus: Int32 {
  case success = 0
  /// It could not start, or its store failed.
  case failure = 1
  /// The command line or the environment made no sense.
  case usage = 2
}

/// Ends the process; nothing that is running is waited for.
func exit(with status: ExitStatus) -> Never {
  // Not `exit`: handlers of it would run while threads still work.
  _exit(status.rawValue)
}

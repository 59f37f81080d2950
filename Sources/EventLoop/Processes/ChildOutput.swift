/// How a program ended, and its output.
public struct ChildOutput: Sendable, Hashable {
  /// How it ended.
  public enum Status: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  public var status: Status
  /// All of its standard output.
  public var output: [UInt8]
  /// The end of its standard error, at most `ChildLimits.errorBytes`.
  public var error: [UInt8]

  public init(status: Status, output: [UInt8] = [], error: [UInt8] = []) {
    self.status = status
    self.output = output
    self.error = error
  }

  public var isSuccess: Bool { status == .exited(0) }
}

/// How much a program may take.
public struct ChildLimits: Sendable, Hashable {
  /// From start to end. A program that runs longer is killed, with its process group.
  public var time: Duration
  /// Standard output. A program that writes more is killed, with its process group.
  public var outputBytes: Int
  /// The last bytes of standard error that are kept.
  public var errorBytes: Int

  public init(time: Duration, outputBytes: Int = 1 << 20, errorBytes: Int = 1 << 13) {
    self.time = time
    self.outputBytes = outputBytes
    self.errorBytes = errorBytes
  }
}

/// Why a program was not run to its end.
public enum ChildProcessError: Error, Sendable, Hashable {
  /// It could not be started, or not be spoken to.
  case system(SystemError)
  /// It ran out of time, and was killed.
  case timedOut
  /// It wrote more than it may, and was killed.
  case outputTooLarge
  /// The caller was cancelled, or the stopper was used: it was killed, or never started.
  case cancelled
  /// It ended in the middle of a conversation. The end of its standard error tells why.
  case ended(error: [UInt8])
}

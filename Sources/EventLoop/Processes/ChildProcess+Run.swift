extension ChildProcess {
  /// Runs a program to its end on a thread of the pool; the caller goes on where it was.
  ///
  /// Cancelling the task kills the program and its process group.
  ///
  /// - Throws: `ChildProcessError`; `CancellationError` when the pool was shut down.
  public static func run(
    _ command: ChildCommand, input: [UInt8] = [], limits: ChildLimits, on pool: BlockingThreadPool
  ) async throws -> ChildOutput {
    let stopper = ChildStopper()
    return try await withTaskCancellationHandler {
      try await pool.run {
        if stopper.isStopped { throw ChildProcessError.cancelled }
        return try start(command, limits, stopper).finish(input, limits: limits)
      }
    } onCancel: {
      stopper.stop()
    }
  }

  private static func start(
    _ command: ChildCommand, _ limits: ChildLimits, _ stopper: ChildStopper
  ) throws(ChildProcessError) -> ChildProcess {
    do {
      return try ChildProcess(command, errorBytes: limits.errorBytes, stopper: stopper)
    } catch {
      throw .system(error)
    }
  }
}

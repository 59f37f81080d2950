extension ChildProcess {
  /// Runs a program to its end, watched by a loop; no thread waits for it, and the caller goes on
  /// where it was.
  ///
  /// Cancelling the task kills the program and its process group.
  ///
  /// - Parameter pool: its threads start programs, which takes a moment.
  /// - Throws: `ChildProcessError`; `CancellationError` when the pool was shut down.
  public static func run(
    _ command: ChildCommand, input: [UInt8] = [], limits: ChildLimits, on loop: EventLoop,
    startedBy pool: BlockingThreadPool
  ) async throws -> ChildOutput {
    let stopper = ChildStopper()
    return try await withTaskCancellationHandler {
      let process = try await pool.run {
        if stopper.isStopped { throw ChildProcessError.cancelled }
        return try start(command, limits, stopper)
      }
      return try await withCheckedThrowingContinuation { continuation in
        loop.execute {
          ChildWatch(process, input: input, limits: limits, loop: loop) {
            continuation.resume(with: $0)
          }.begin()
        }
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

/// A program that runs to its end while a loop watches it. Confined to the loop's thread.
private final class ChildWatch: EventHandler {
  private let process: ChildProcess
  private let input: [UInt8]
  private let limits: ChildLimits
  private let loop: EventLoop
  private var completion: ((Result<ChildOutput, any Error>) -> Void)?
  private var timer: EventLoop.Timer?
  private var written = 0
  /// Why it was killed.
  private var failure: ChildProcessError?

  init(
    _ process: ChildProcess, input: [UInt8], limits: ChildLimits, loop: EventLoop,
    completion: @escaping (Result<ChildOutput, any Error>) -> Void
  ) {
    self.process = process
    self.input = input
    self.limits = limits
    self.loop = loop
    self.completion = completion
  }

  func begin() {
    do throws(SystemError) {
      try loop.add(process.descriptor, .readable, handler: self)
    } catch {
      completion?(.failure(ChildProcessError.system(error)))
      completion = nil
      return
    }
    timer = loop.schedule(after: limits.time) { [self] in fail(.timedOut) }
    advance()
  }

  func ready(_: Readiness) { advance() }

  private func advance() {
    do throws(ChildProcessError) {
      if let failure {
        if try process.hasEnded() { end(.failure(failure)) }
      } else if let output = try process.advance(
        input, &written, outputBytes: limits.outputBytes)
      {
        end(.success(output))
      }
    } catch {
      fail(error)
    }
  }

  /// Kills it. Its end, which the loop hears of as of anything else, is when the caller is told.
  private func fail(_ error: ChildProcessError) {
    guard failure == nil else { return end(.failure(error)) }
    failure = error
    process.abandon()
    advance()
  }

  private func end(_ result: Result<ChildOutput, any Error>) {
    guard let completion else { return }
    self.completion = nil
    timer?.cancel()
    loop.remove(process.descriptor)
    completion(result)
  }
}

import CLinux
import Glibc

/// A running child process, in a process group of its own, with its standard streams as pipes.
///
/// Its members block, except those under "Watched by a loop": use it on threads that may block, one
/// thread at a time. It waits for the process by its number alone, so nothing depends on SIGCHLD.
/// When the last reference goes, the process is killed.
///
/// `@unchecked Sendable`: the owner lets one thread use it at a time; `stopper` is made for many.
public final class ChildProcess: @unchecked Sendable {
  /// Kills the process from any thread.
  public let stopper: ChildStopper
  let child: cl_child
  private let poller: Poller
  private var hasInput = true
  private var hasOutput = true
  private var hasError = true
  private var status: ChildOutput.Status?
  /// Bytes that were read and not yet handed out.
  private var output: [UInt8] = []
  private var error: [UInt8] = []
  private let errorBytes: Int

  private static let inputToken: UInt64 = 0
  private static let outputToken: UInt64 = 1
  private static let errorToken: UInt64 = 2
  private static let endToken: UInt64 = 3

  /// Starts the program.
  ///
  /// - Parameter errorBytes: how much is kept of the end of its standard error.
  public init(
    _ command: ChildCommand, errorBytes: Int = 1 << 13, stopper: ChildStopper = ChildStopper()
  ) throws(SystemError) {
    let poller = try Poller()
    let child = try command.start()
    self.poller = poller
    self.child = child
    self.stopper = stopper
    self.errorBytes = errorBytes
    stopper.started(child.pid)
    try self.poller.add(child.output, .readable, token: Self.outputToken)
    try self.poller.add(child.error, .readable, token: Self.errorToken)
    try self.poller.add(child.handle, .readable, token: Self.endToken)
    try self.poller.add(child.input, [], token: Self.inputToken)
  }

  deinit {
    if status == nil {
      stopper.finish()
      _ = cl_child_wait(child.pid)
    }
    if hasInput { _ = cl_close(child.input) }
    if hasOutput { _ = cl_close(child.output) }
    if hasError { _ = cl_close(child.error) }
    _ = cl_close(child.handle)
  }

  /// Writes `input` and reads until `isComplete` accepts the bytes read so far, then returns them.
  ///
  /// After any error the process has been killed: it cannot be used again.
  public func exchange(
    _ input: [UInt8], limits: ChildLimits, until isComplete: (borrowing [UInt8]) -> Bool
  ) throws(ChildProcessError) -> [UInt8] {
    let deadline = MonotonicTime.now() + limits.time
    var written = 0
    do throws(ChildProcessError) {
      while written < input.count || !isComplete(output) {
        guard status == nil, hasOutput else { throw endedEarly() }
        try step(input, &written, deadline: deadline, limit: limits.outputBytes)
      }
    } catch {
      end()
      throw error
    }
    let taken = output
    output = []
    return taken
  }

  /// Writes `input`, closes standard input, and reads until the end.
  ///
  /// After any error the process has been killed.
  public func finish(
    _ input: [UInt8] = [], limits: ChildLimits
  ) throws(ChildProcessError) -> ChildOutput {
    let deadline = MonotonicTime.now() + limits.time
    var written = 0
    do throws(ChildProcessError) {
      while status == nil {
        if written >= input.count { closeInput() }
        try step(input, &written, deadline: deadline, limit: limits.outputBytes)
      }
      return try outcome(limit: limits.outputBytes)
    } catch {
      end()
      throw error
    }
  }

  /// Kills the process, if it still runs, and waits for its end.
  public func end() {
    guard status == nil else { return }
    wait()
  }

  // MARK: Watched by a loop

  /// Readable when there is something to do.
  var descriptor: Int32 { poller.descriptor }

  /// Reads and writes as far as that needs no waiting. Returns the output once the process has
  /// ended.
  func advance(
    _ input: [UInt8], _ written: inout Int, outputBytes: Int
  ) throws(ChildProcessError) -> ChildOutput? {
    if written >= input.count { closeInput() }
    try handleEvents(input, &written, milliseconds: 0, limit: outputBytes)
    return status == nil ? nil : try outcome(limit: outputBytes)
  }

  /// Kills the process and closes its pipes; only its end is still reported.
  func abandon() {
    stopper.stop()
    closeInput()
    closeOutput()
    closeError()
  }

  func hasEnded() throws(ChildProcessError) -> Bool {
    var written = 0
    try handleEvents([], &written, milliseconds: 0, limit: .max)
    return status != nil
  }

  // MARK: One step

  /// Waits until something can be done, and does it.
  private func step(
    _ input: [UInt8], _ written: inout Int, deadline: MonotonicTime, limit: Int
  ) throws(ChildProcessError) {
    let left = (deadline - .now()).wholeNanoseconds
    guard left > 0 else { throw .timedOut }
    try handleEvents(
      input, &written, milliseconds: Int32(clamping: min(left / 1_000_000 + 1, 3_600_000)),
      limit: limit)
  }

  private func handleEvents(
    _ input: [UInt8], _ written: inout Int, milliseconds: Int32, limit: Int
  ) throws(ChildProcessError) {
    do throws(SystemError) {
      if hasInput {
        try poller.modify(
          child.input, written < input.count ? .writable : [], token: Self.inputToken)
      }
      for index in 0..<(try poller.wait(milliseconds: milliseconds)) {
        try handle(poller.event(index).token, input, &written)
      }
    } catch {
      throw .system(error)
    }
    guard output.count <= limit else { throw .outputTooLarge }
  }

  private func handle(
    _ token: UInt64, _ input: [UInt8], _ written: inout Int
  ) throws(SystemError) {
    switch token {
    case Self.inputToken where hasInput: try write(input, &written)
    case Self.outputToken where hasOutput: try readOutput()
    case Self.errorToken where hasError: try readError()
    case Self.endToken where status == nil: wait()
    default: break
    }
  }

  /// Writes as much as fits. EPIPE and ECONNRESET are not errors here: a child may close its input
  /// early, and its exit status decides.
  private func write(_ input: [UInt8], _ written: inout Int) throws(SystemError) {
    guard written < input.count else { return closeInput() }
    let start = written
    do throws(SystemError) {
      let count = try SystemCall.result("send") {
        unsafe input.span.withUnsafeBytes { bytes in
          unsafe cl_send(child.input, bytes.baseAddress?.advanced(by: start), bytes.count - start)
        }
      }
      written += count ?? 0
    } catch  where error.errno == EPIPE || error.errno == ECONNRESET {
      written = input.count
      closeInput()
    }
  }

  private func readOutput() throws(SystemError) {
    if try !Self.read(child.output, into: &output) { closeOutput() }
  }

  private func readError() throws(SystemError) {
    if try !Self.read(child.error, into: &error) { closeError() }
    if error.count > errorBytes { error.removeFirst(error.count - errorBytes) }
  }

  /// Reads the rest of the pipes. The process group is gone, so no more output of the program
  /// comes.
  private func drain(limit: Int) throws(ChildProcessError) {
    do throws(SystemError) {
      var before = -1
      while hasOutput, output.count > before, output.count <= limit {
        before = output.count
        try readOutput()
      }
      if hasError { try readError() }
    } catch {
      throw .system(error)
    }
    guard output.count <= limit else { throw .outputTooLarge }
  }

  /// Reads once, without waiting. False at the end.
  private static func read(
    _ descriptor: Int32, into bytes: inout [UInt8]
  ) throws(SystemError) -> Bool {
    let (count, chunk) = try unsafe withReadBuffer { buffer throws(SystemError) in
      let count = try SystemCall.result("read") {
        unsafe cl_read(descriptor, buffer.baseAddress, buffer.count)
      }
      return unsafe (count, Array(buffer.prefix(count ?? 0)))
    }
    bytes.append(contentsOf: chunk)
    return count != 0
  }

  private static func withReadBuffer<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws(SystemError) -> R
  ) throws(SystemError) -> R {
    let result = unsafe withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) {
      buffer in
      Result { () throws(SystemError) in try unsafe body(buffer) }
    }
    return try result.get()
  }

  // MARK: The end

  /// The output of a process that has ended, the rest of its pipes included.
  private func outcome(limit: Int) throws(ChildProcessError) -> ChildOutput {
    try drain(limit: limit)
    guard let status, !stopper.isStopped else { throw .cancelled }
    return ChildOutput(status: status, output: output, error: error)
  }

  private func endedEarly() -> ChildProcessError {
    stopper.isStopped ? .cancelled : .ended(error: error)
  }

  /// Ends the group and takes the leader's status.
  private func wait() {
    stopper.finish()
    let result = cl_child_wait(child.pid)
    status = result >= 1000 ? .signalled(Int32(result - 1000)) : .exited(Int32(max(result, -1)))
  }

  private func closeInput() {
    guard hasInput else { return }
    hasInput = false
    close(child.input)
  }

  private func closeOutput() {
    guard hasOutput else { return }
    hasOutput = false
    close(child.output)
  }

  private func closeError() {
    guard hasError else { return }
    hasError = false
    close(child.error)
  }

  private func close(_ descriptor: Int32) {
    poller.remove(descriptor)
    _ = cl_close(descriptor)
  }
}
